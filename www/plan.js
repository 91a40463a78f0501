// The way from what a domain has to what it is to have: dated steps, each of which can be checked.
import { download, textBlock } from './blocks.js';
import { capital, element, prose } from './dom.js';
import { checkEngine } from './engine.js';
import { loadSettings, settings } from './settings.js';
import { t } from './t.js';
import { update } from './update.js';

const byId = (id) => document.getElementById(id);

let engine;
let known;
/** The domain the plan on the page is for. */
let shown;

/** Shows the form, and forgets a plan that was for something else. `given` is what `known()` gave. */
export function planner(box, setupEngine, toKnow, given) {
  [engine, known] = [setupEngine, toKnow];
  box.hidden = false;
  if (!box.firstChild) box.append(...form());
  const seen = Boolean(given.evidence);
  byId('plan-hint').textContent = seen
    ? t`From what was seen of the domain to what you want, in steps with dates. At none of them does a sender that honours MTA-STS refuse mail because of it.`
    : t`Look the domain up first: without that the plan takes it that nothing is published yet.`;
  const key = `${given.domain} ${seen}`;
  if (key !== shown) byId('plan-result').replaceChildren();
  shown = key;
}

/** Shows the form anew, in another language, with what was typed; and the plan, where there is one. */
export function redrawPlan() {
  const box = byId('plan');
  if (!box.firstChild || box.hidden) return;
  const planned = byId('plan-result').firstChild;
  update(box, form());
  planner(box, engine, known, known());
  if (planned) plan();
}

function form() {
  const modes = { enforce: t`enforce MTA-STS`, testing: t`test it, or go back to testing`, none: t`take MTA-STS down` };
  const made = element(
    'form',
    { id: 'plan-form', class: 'draft wishes', novalidate: true },
    element('p', {}, element('label', { for: 'plan-to' }, t`I want to`),
      element('select', { id: 'plan-to' }, Object.entries(modes).map(([value, text]) => element('option', { value }, text)))),
    element('p', {}, element('label', { for: 'plan-mx' }, t`New MX hosts, where they change`),
      element('input', { id: 'plan-mx', type: 'text', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', placeholder: 'mx1.new.example, mx2.new.example' })),
    element('p', { class: 'tick wide' }, element('input', { id: 'plan-moves', type: 'checkbox' }),
      element('label', { for: 'plan-moves' }, t`The policy moves to another web host or provider`)),
    element(
      'details',
      { id: 'plan-earlier', class: 'wide' },
      element('summary', {}, t`Earlier policies that senders may still have`),
      element('p', {}, element('label', { for: 'plan-bodies' }, t`Paste them one below the other, the oldest first; or the lines of a file that mta-sts check --history keeps`),
        element('textarea', { id: 'plan-bodies', class: 'mono', rows: 5, spellcheck: 'false' })),
      element('p', {}, element('label', { for: 'plan-replaced' }, t`The last of them was replaced on`),
        element('input', { id: 'plan-replaced', type: 'date', max: new Date().toISOString().slice(0, 10) }),
        element('span', { class: 'hint' }, t`Left empty, it was just now: then they are waited for the longest.`)),
    ),
    element('p', { class: 'wide' }, element('button', { type: 'submit' }, t`Plan`)),
  );
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    if (plan()) byId('plan-result').querySelector('h3').focus();
  });
  return [
    element('h2', { id: 'plan-title' }, t`Plan a change`),
    element('p', { id: 'plan-hint', class: 'hint' }),
    made,
    element('p', { id: 'plan-message', class: 'message wrong', role: 'status' }),
    element('div', { id: 'plan-result' }),
  ];
}

/** Earlier policies as the engine takes them. */
function earlier() {
  const text = byId('plan-bodies').value;
  const on = byId('plan-replaced').value;
  const replaced = on ? Date.parse(`${on}T23:59:59Z`) / 1000 : Math.floor(Date.now() / 1000);
  if (text.trimStart().startsWith('{')) {
    const lines = text.split('\n').filter((line) => line.trim()).map((line, index) => {
      let read;
      try {
        read = JSON.parse(line);
      } catch {
        throw new Error(t`line ${index + 1} of the history is no JSON`);
      }
      if (!Number.isSafeInteger(read?.at) || typeof read.domain !== 'string') throw new Error(t`line ${index + 1} is none of a history`);
      return read;
    });
    return { bodies: [], replaced, lines };
  }
  return { bodies: text.split(/^(?=version:)/m).filter((body) => body.trim()).map((body) => body.replace(/\n+$/, '\n')), replaced, lines: [] };
}

/** Shows the plan, or what keeps it from being made; says which. */
function plan() {
  const message = byId('plan-message');
  message.textContent = '';
  try {
    const mx = byId('plan-mx').value.split(/[\s,]+/).filter(Boolean);
    const given = known();
    const made = engine.planned(given, { to: byId('plan-to').value, mx, moves_policy_host: byId('plan-moves').checked, earlier: earlier() });
    byId('plan-result').replaceChildren(...parts(made));
    return true;
  } catch (error) {
    byId('plan-result').replaceChildren();
    message.textContent = `${capital(error.message ?? String(error))}.`;
    return false;
  }
}

function parts({ plan: { domain, summary, steps }, words, markdown, calendar, held }) {
  const save = (name, text, type) => element('button', {
    type: 'button', class: 'quiet', onclick: () => download(`mta-sts-${domain}.${name}`, text, type),
  }, name === 'md' ? 'Markdown' : t`Calendar`);
  return [
    element('h3', { tabindex: -1 }, summary),
    heldList(held),
    steps.length ? element('div', { class: 'choose' }, save('md', markdown, 'text/markdown'), save('ics', calendar, 'text/calendar')) : '',
    element('ol', { class: 'plan' }, steps.map((step, index) => stepItem(domain, step, words[index]))),
  ];
}

/** What senders may still have of before, and whether it matters. */
function heldList(all) {
  const held = all.filter(({ replaced }) => replaced !== undefined);
  if (!held.length) return '';
  // As the dates of the steps are.
  const minute = (at) => `${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return element('div', { class: 'held' }, element('p', {}, t`Senders may still have:`), element('ul', {}, held.map((one) => element(
    'li',
    { class: one.refuses ? 'bad' : '' },
    heldSaid(one, minute(one.until)),
  ))));
}

function heldSaid({ mode, mx, refuses, unmatched, unnoticed }, until) {
  const policy = mx.length ? t`mode ${mode}, mx ${mx.join(', ')}, until ${until}` : t`mode ${mode}, no mx, until ${until}`;
  const matters = refuses ? t`${policy}: it admits no MX host of today, so they refuse mail`
    : unmatched.length && mode === 'enforce' ? t`${policy}: it does not admit ${unmatched.join(', ')}` : policy;
  return unnoticed ? t`${matters}; the id was not changed with it, so nobody looks for the new one before` : matters;
}

function stepItem(domain, step, { time, changes }) {
  const said = element('p', { class: 'step-said', role: 'status' });
  const button = element('button', { type: 'button', class: 'quiet small' }, t`Check now`);
  button.addEventListener('click', async () => {
    if (button.ariaDisabled) return; // the focus would leave a button that cannot be used
    button.ariaDisabled = 'true';
    said.textContent = t`Looking …`;
    try {
      said.replaceChildren(...await look(domain, step.changes));
    } catch (error) {
      said.textContent = capital(error.message ?? String(error));
    }
    button.ariaDisabled = null;
  });
  return element(
    'li',
    {},
    element('h4', {}, step.title),
    element('p', { class: 'hint' }, time),
    changes.flatMap(({ sentence, text }) => [element('p', {}, sentence), text ? textBlock(text.trimEnd()) : '']),
    element('p', { class: 'why' }, prose(step.why)),
    element('div', { class: 'choose' }, button, element('code', {}, step.check)),
    said,
  );
}

/** Checks the domain, and says of each change whether it is there. */
async function look(domain, changes) {
  const [check] = await Promise.all([checkEngine(), loadSettings()]);
  const { report } = await check.check(domain, settings(), new AbortController().signal, () => {});
  const lines = changes.flatMap((change) => {
    const [done, text] = isThere(change, report) ?? [];
    return text ? [element('span', { class: done ? 'good' : 'doubt' }, `${done ? '✓' : '!'} ${text}. `)] : [];
  });
  return [...lines, element('span', {}, report.summary)];
}

/** Whether a change is there, and what is said of it; nothing where a check cannot see it. */
function isThere({ what, body, name, text, host, about }, { domain, policy, record, tlsrpt, mx }) {
  switch (what) {
    case 'policy':
      return policy.body === body ? [true, t`The policy is served`] : [false, policy.body === undefined ? t`No policy is served` : t`Another policy is served`];
    case 'record': {
      const there = name.startsWith('_smtp.') ? tlsrpt : record;
      if (there.text.includes(text)) return [true, t`The record at ${name} is there`];
      return [false, there.state === 'valid' ? t`The record at ${name} is valid, and is another one than this` : t`There is no valid record at ${name}`];
    }
    case 'no-record':
      return record.state === 'absent' ? [true, t`The record is gone`] : [false, t`The record is still there`];
    case 'no-policy':
      return policy.body === undefined ? [true, t`The policy is gone`] : [false, t`The policy is still there`];
    case 'add-mx':
      return mx.some((one) => one.host === host) ? [true, t`${host} is an MX host`] : [false, t`${host} is no MX host yet`];
    case 'mend': {
      const [host, address] = about.split(/[ ()]+/);
      if (host === `mta-sts.${domain}`) return [policy.state === 'valid', policy.state === 'valid' ? t`Senders get the policy` : t`Senders still get no policy`];
      const at = mx.find((one) => one.host === host);
      const result = address ? at?.addresses.find((one) => one.address === address)?.result : at?.result;
      return [result === 'ok', result === undefined ? t`${about} was not seen` : t`${about}: ${result}`];
    }
    case 'remove-mx':
      return mx.some((one) => one.host === host) ? [false, t`${host} is still an MX host`] : [true, t`${host} is no MX host any more`];
    default:
      return undefined;
  }
}
