// What of the reports is shown.
import { element } from '../dom.js';
import { t } from '../t.js';
import { senderName } from './words.js';

/** The choices that there are in all reports, as a form; `choose` is called with what is wished. */
export function filters(all, filter, choose) {
  const names = (rows) => rows.map(({ name }) => name).sort();
  const selects = [
    ['domain', t`Domain`, names(all.domains)],
    ['organization', t`Sender`, names(all.senders)],
    ['policy_type', t`Policy type`, names(all.policy_types)],
    ['mx', t`Mail host`, names(all.hosts)],
    ['result_type', t`Result type`, names(all.results)],
  ];
  // Of what is one alone there is nothing to choose; a choice that was made can be taken back.
  const fields = selects.filter(([key, , options]) => options.length > 1 || filter[key] !== undefined).map(([key, label, options]) => {
    const id = `reports-${key}`;
    const choice = (value) => element('option', { value: `=${value}`, selected: filter[key] === value }, nameOf(key, value));
    const select = element('select', { id, onchange: ({ target }) => choose({ [key]: target.value ? target.value.slice(1) : undefined }) }, element('option', { value: '', selected: filter[key] === undefined }, t`all`), options.map(choice));
    return element('p', { 'data-key': key }, element('label', { for: id }, label), select);
  });
  const days = all.days.map(({ name }) => name);
  const [first, last] = [days[0], days.at(-1)];
  const day = (key, label, value, wish) => element(
    'p',
    { 'data-key': key },
    element('label', { for: `reports-${key}` }, label),
    element('input', { id: `reports-${key}`, type: 'date', min: first, max: last, value, onchange: ({ target }) => choose(wish(target.value)) }),
  );
  if (first !== last) {
    fields.push(
      day('since', t`From`, iso(filter.since), (value) => ({ since: value ? Date.parse(value) / 1000 : undefined })),
      day('until', t`To`, iso(filter.until === undefined ? undefined : filter.until - 1), (value) => ({ until: value ? Date.parse(value) / 1000 + 86_400 : undefined })),
    );
  }
  if (!fields.length) return '';
  const nothing = Object.fromEntries([...selects.map(([key]) => key), 'since', 'until'].map((key) => [key, undefined]));
  const chosen = Object.values(filter).some((wish) => wish !== undefined);
  return element(
    'details',
    { class: 'senders', open: matchMedia('(min-width: 40rem)').matches },
    element('summary', {}, t`Choose what is shown`),
    element(
      'form',
      { class: 'reports-filters', onsubmit: (event) => event.preventDefault() },
      fields,
      chosen && element('p', { 'data-key': 'all' }, element('button', { type: 'button', class: 'quiet', onclick: () => choose(nothing) }, t`Show all`)),
    ),
  );
}

const iso = (seconds) => (seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().slice(0, 10));

function nameOf(key, value) {
  if (value) return value === 'untold' && key === 'result_type' ? t`(not told)` : value;
  return key === 'organization' ? senderName('') : t`(not told)`;
}

/** Lets the fields show what is chosen, whatever was chosen in them before. */
export function settle(filter) {
  const set = (key, value) => {
    const field = document.getElementById(`reports-${key}`);
    if (field) field.value = value;
  };
  for (const key of ['domain', 'organization', 'policy_type', 'mx', 'result_type']) set(key, filter[key] === undefined ? '' : `=${filter[key]}`);
  set('since', iso(filter.since) ?? '');
  set('until', iso(filter.until === undefined ? undefined : filter.until - 1) ?? '');
}
