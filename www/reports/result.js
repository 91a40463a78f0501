// What the reports come to: in a sentence, over time, what failed and what to do about it, by sender, host and domain.
import { element, prose } from '../dom.js';
import { single, t } from '../t.js';
import { dayChart, share, table, words } from './chart.js';
import { liveButtons, safeToEnforce } from './live.js';
import { count, dayOf, percent, senderName, span } from './words.js';

/** Most rows of a table that are shown at once. */
const MOST = 200;

/** All of it, as parts of a node. */
export function resultParts({ all, views, summary, filter, unread, actions }) {
  if (!all.reports) return [nothing(summary), actions, refused(summary.refused)];
  if (!views.reports) return [element('p', { class: 'problem', 'data-key': 'none' }, t`No report is like that.`), actions];
  return [
    verdict(views, summary, filter, unread),
    actions,
    safeToEnforce(views),
    failures(views),
    dayChart(views.days),
    bySender(views.senders),
    byHost(views.hosts),
    views.domains.length > 1 ? byDomain(views.domains) : '',
    gaps(views.gaps),
    deviations(views.deviations),
    refused(summary.refused),
  ];
}

const nothing = ({ refused: all }) => element('p', { class: 'problem', 'data-key': 'none' }, all.length ? t`There is no report in it.` : t`Nothing was read.`);

/** How many sessions failed, out of what; of a kind of failure that is chosen, how many there are. */
function outcome({ totals: { successful, failed } }, { mx, result_type: type }) {
  const all = successful + failed;
  if (mx !== undefined || type !== undefined) {
    return ['bad', '✕', single(failed) ? t`${count(failed)} session failed like this; ${count(successful)} succeeded under the same policies.` : t`${count(failed)} sessions failed like this; ${count(successful)} succeeded under the same policies.`];
  }
  if (!all) return ['note', '–', t`No session is reported.`];
  if (!failed) return ['good', '✓', single(all) ? t`One session, and it succeeded.` : t`All ${count(all)} sessions succeeded.`];
  if (!successful) return ['bad', '✕', single(all) ? t`One session, and it failed.` : t`All ${count(all)} sessions failed.`];
  return ['doubt', '!', t`${count(failed)} of ${count(all)} sessions failed (${percent(failed, all)}).`];
}

/** A verdict, and what it comes from. */
function verdict(views, { duplicates }, filter, unread) {
  const { reports, senders, days, undated, future } = views;
  const [style, sign, sentence] = outcome(views, filter);
  const isFiltered = Object.values(filter).some((wish) => wish !== undefined);
  const from = t`${single(reports) ? t`${count(reports)} report` : t`${count(reports)} reports`} of ${single(senders.length) ? t`${count(senders.length)} sender` : t`${count(senders.length)} senders`}`;
  const when = days.length ? `, ${span(days[0].name, days.at(-1).name)}` : '';
  const more = [
    duplicates && !isFiltered && (single(duplicates) ? t`${count(duplicates)} came again and counts once.` : t`${count(duplicates)} came again and count once.`),
    undated && (single(undated) ? t`${count(undated)} does not say what day it is of.` : t`${count(undated)} do not say what day they are of.`),
    future && (single(future) ? t`${count(future)} is of a day that is still to come.` : t`${count(future)} are of days that are still to come.`),
  ].filter(Boolean);
  const [shownStyle, shownSign] = unread && style === 'good' ? ['note', '?'] : [style, sign];
  return element(
    'div',
    { class: `verdict ${shownStyle}`, 'data-key': 'verdict' },
    element('span', { class: 'sign', 'aria-hidden': 'true' }, shownSign),
    element(
      'div',
      {},
      element('p', { class: 'sentence' }, unread ? `${t`Reading was stopped: ${percent(unread, 1)} of it is not read.`} ` : '', sentence),
      element('p', {}, [`${from}${when}.`, ...more].join(' ')),
    ),
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
    more > 0 && element('p', { class: 'hint' }, t`${count(more)} more are not shown here.`),
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
    element('p', { class: 'hint' }, t`It was read as far as it can be: this is for whoever makes the reports.`),
    rowsOf(t`Where the reports are not as RFC 8460 has them`, [t`Sender`, t`Reports`, t`Place`, t`What it is`], all, ({ organization, reports, place, message }) => [
      senderName(organization), count(reports), place ? element('code', {}, place) : '', words(prose(message)),
    ]),
  ]);
}

function refused(all) {
  if (!all.length) return '';
  return element(
    'details',
    { class: 'senders', 'data-key': 'refused', 'data-print': true, open: all.length < 6 },
    element('summary', {}, single(all.length) ? t`${count(all.length)} file was not read` : t`${count(all.length)} files were not read`),
    rowsOf(t`What was not read`, [t`File`, t`Why`], [...all].sort((one, other) => (one.file < other.file ? -1 : 1)), ({ file, reason }) => [file, words(prose(reason))]),
  );
}

function fold(key, title, parts) {
  return element('details', { class: 'senders', 'data-key': `fold-${key}`, 'data-print': true }, element('summary', {}, title), parts);
}
