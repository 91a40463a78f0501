// What the reports come to: in a sentence, over time, what failed and what to do about it, by sender, host and domain.
import { element, prose } from '../dom.js';
import { single, t } from '../t.js';
import { dayChart, share, table } from './chart.js';
import { liveButtons, safeToEnforce } from './live.js';
import { count, dayOf, percent, senderName, span } from './words.js';

/** Most rows of a table that are shown at once. */
const MOST = 100;

/** All of it, as parts of a node. */
export function resultParts({ all, views, summary, isFiltered, actions }) {
  if (!all.reports) return [nothing(summary), actions, refused(summary.refused)];
  if (!views.reports) return [element('p', { class: 'problem', 'data-key': 'none' }, t`No report is like that.`), actions];
  return [
    verdict(views, summary, isFiltered),
    actions,
    failures(views),
    dayChart(views.days),
    safeToEnforce(views),
    bySender(views.senders),
    byHost(views.hosts),
    views.domains.length > 1 ? byDomain(views.domains) : '',
    gaps(views.gaps),
    deviations(views.deviations),
    refused(summary.refused),
  ];
}

const nothing = ({ refused: all }) => element('p', { class: 'problem', 'data-key': 'none' }, all.length ? t`There is no report in it.` : t`Nothing was read.`);

/** A verdict: how many sessions failed, out of what. */
function verdict({ totals: { successful, failed }, reports, senders, days }, { duplicates }, isFiltered) {
  const all = successful + failed;
  const [style, sign, sentence] = !all ? ['note', '–', t`No session is reported.`]
    : !failed ? ['good', '✓', single(all) ? t`One session, and it succeeded.` : t`All ${count(all)} sessions succeeded.`]
      : !successful ? ['bad', '✕', single(all) ? t`One session, and it failed.` : t`All ${count(all)} sessions failed.`]
        : ['doubt', '!', t`${count(failed)} of ${count(all)} sessions failed (${percent(failed, all)}).`];
  const from = t`${single(reports) ? t`${count(reports)} report` : t`${count(reports)} reports`} of ${single(senders.length) ? t`${count(senders.length)} sender` : t`${count(senders.length)} senders`}`;
  const when = days.length ? `, ${span(days[0].name, days.at(-1).name)}` : '';
  const twice = !duplicates || isFiltered ? '' : ` ${single(duplicates) ? t`${count(duplicates)} came again and counts once.` : t`${count(duplicates)} came again and count once.`}`;
  return element(
    'div',
    { class: `verdict ${style}`, 'data-key': 'verdict' },
    element('span', { class: 'sign', 'aria-hidden': 'true' }, sign),
    element('div', {}, element('p', { class: 'sentence' }, sentence), element('p', {}, `${from}${when}.${twice}`)),
  );
}

/** What failed, the most frequent first. */
function failures({ results }) {
  if (!results.length) return '';
  const items = results.map((result) => {
    const { name, failed, means, act, who, mail, first, last, domains, hosts, addresses, senders, reasons } = result;
    const list = (label, values) => values.length > 0 && element('p', {}, element('strong', {}, label), ' ', listed(values));
    return element(
      'li',
      { class: 'finding bad', 'data-key': name, 'data-result': name },
      element('h3', {}, element('span', { class: 'count' }, t`${count(failed)} ×`), ' ', means),
      mail && element('p', {}, mail),
      act && element('p', { class: 'fix', 'data-label': t`Fix:` }, prose(act)),
      list(t`Who has to act:`, [who]),
      list(t`Days:`, first ? [span(first, last)] : []),
      list(t`At:`, hosts.map((host) => `${host.name} (${count(host.failed)})`)),
      list(t`Addresses:`, addresses),
      list(t`Mail to:`, domains),
      list(t`Seen by:`, senders),
      list(t`Reasons given:`, reasons),
      name !== 'untold' && element('p', { class: 'hint' }, t`Result type:`, ' ', element('code', {}, name)),
      liveButtons(name, domains, hosts.map((host) => host.name)),
    );
  });
  return element('section', { 'data-key': 'failures', 'aria-labelledby': 'reports-failures' }, element('h2', { id: 'reports-failures' }, t`What failed`), element('ul', { class: 'findings' }, items));
}

/** Names in a line; of very many the first. */
function listed(values) {
  const shown = values.slice(0, 12).join(', ');
  const more = values.length - 12;
  return more > 0 ? t`${shown} and ${count(more)} more` : shown;
}

/** A heading and what belongs to it. Its table is a region of its own. */
function part(key, title, ...parts) {
  return element('div', { 'data-key': key }, element('h2', {}, title), parts);
}

/** A table of many rows; what is beyond those shown is said. */
function rowsOf(title, headings, rows, make) {
  const more = rows.length - MOST;
  return [
    table(title, headings, rows.slice(0, MOST).map(make)),
    more > 0 && element('p', { class: 'hint' }, t`${count(more)} more are in the export.`),
  ];
}

const mostOf = (rows) => Math.max(...rows.map(({ successful, failed }) => successful + failed));

function bySender(senders) {
  const most = mostOf(senders);
  return part('senders', t`By sender`, rowsOf(t`By sender`, [t`Sender`, t`Reports`, t`Succeeded`, t`Failed`, '', t`Last report`], senders, ({ name, reports, successful, failed, last }) => [
    senderName(name), count(reports), count(successful), count(failed), share(successful, failed, most), last ? dayOf(last) : '',
  ]));
}

function byHost(hosts) {
  if (!hosts.length) return '';
  const most = mostOf(hosts);
  return part(
    'hosts',
    t`By mail host`,
    element('p', { class: 'hint' }, t`Reports name a host where a session failed. Of those that succeeded they name it only where a policy has one host alone.`),
    rowsOf(t`By mail host`, [t`Mail host`, t`Succeeded`, t`Failed`, ''], hosts, ({ name, successful, failed }) => [
      name || t`(not told)`, successful ? count(successful) : '', count(failed), share(successful, failed, most),
    ]),
  );
}

function byDomain(domains) {
  const most = mostOf(domains);
  return part('domains', t`By domain`, rowsOf(t`By domain`, [t`Domain`, t`Succeeded`, t`Failed`, ''], domains, ({ name, successful, failed }) => [
    name || t`(not told)`, count(successful), count(failed), share(successful, failed, most),
  ]));
}

/** Days without a report from whoever used to report. */
function gaps(all) {
  if (!all.length) return '';
  const made = part(
    'gaps',
    t`Days without a report`,
    element('p', { class: 'hint' }, t`These senders used to report, and did not on some days. Where they had no mail for the domain that is as it has to be; many days at the end may be a report address that fails.`),
    rowsOf(t`Days without a report`, [t`Sender`, t`Domain`, t`Days`, t`When`], all, ({ organization, domain, days, from, to }) => [senderName(organization), domain || t`(not told)`, count(days), span(from, to)]),
  );
  return fold('gaps', t`Days without a report (${count(all.reduce((sum, { days }) => sum + days, 0))})`, made);
}

function deviations(all) {
  if (!all.length) return '';
  return fold('deviations', t`Where the reports are not as RFC 8460 has them (${count(all.length)})`, [
    element('p', { class: 'hint' }, t`All of it was read as it is meant: this is for whoever makes the reports.`),
    rowsOf(t`Where the reports are not as RFC 8460 has them`, [t`Sender`, t`Reports`, t`Place`, t`What it is`], all, ({ organization, reports, place, message }) => [
      senderName(organization), count(reports), place ? element('code', {}, place) : '', prose(message),
    ]),
  ]);
}

function refused(all) {
  if (!all.length) return '';
  return element(
    'details',
    { class: 'senders', 'data-key': 'refused', open: all.length < 6 },
    element('summary', {}, single(all.length) ? t`${count(all.length)} file was not read` : t`${count(all.length)} files were not read`),
    rowsOf(t`What was not read`, [t`File`, t`Why`], all, ({ file, reason }) => [file, prose(reason)]),
  );
}

function fold(key, title, parts) {
  return element('details', { class: 'senders', 'data-key': `fold-${key}` }, element('summary', {}, title), parts);
}
