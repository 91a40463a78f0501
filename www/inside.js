// What is inside a stage: what was published there, host by host and address by address, and the raw evidence.
import { commandLine } from './blocks.js';
import { capital, element, prose } from './dom.js';
import { levelOf } from './findings.js';
import { certificates, rawOf, visible } from './raw.js';
import { isUnlisted, stepsOf } from './stages.js';
import { single, t } from './t.js';
import { resolverName } from './when.js';

/** The inside of a stage; `show` goes to a finding by its key. */
export function insideOf(id, now, { show, findings }) {
  const parts = partsOf(id, now, (source, text) => markedText(text, findings.filter(({ at }) => at?.source === source), show)).filter(Boolean);
  return parts.length ? parts : element('p', { class: 'hint' }, t`There was nothing to look at.`);
}

function partsOf(id, now, marked) {
  const { report } = now;
  const steps = stepsOf(report, id);
  const evidence = stepList(steps, now);
  switch (id) {
    case 'record': return [...recordBody(report.record, (text) => marked('record', text)), ...evidence];
    case 'policy': return [...policyBody(report.policy, (text) => marked('policy', text)), rawFold(steps, evidence)];
    case 'hosts': return [...hostsBody(report), rawFold(steps, evidence)];
    case 'tlsrpt': return [...texts(report.tlsrpt?.text, (text) => marked('tlsrpt', text)), ...targetList(report.tlsrpt), ...evidence];
    default: return evidence;
  }
}

function recordBody(record, marked) {
  if (!record) return [];
  const aside = record.set_aside ?? [];
  return [
    aliasLine(record.aliases),
    ...texts(record.text, marked),
    ...(aside.length ? [element('h3', {}, t`Set aside`), element('pre', { class: 'body-text', tabindex: 0 }, aside.map(visible).join('\n'))] : []),
  ];
}

/** Texts at a name: with the places of findings, where there is one alone. */
function texts(all = [], marked) {
  return all.length === 1 ? [marked(all[0])] : all.map((text) => markedText(text, []));
}

/** The names that an alias leads through. */
function aliasLine(aliases = []) {
  if (!aliases.length) return undefined;
  return element('p', { class: 'alias' }, t`By the alias (CNAME):`, ' ', aliases.flatMap((name, index) => [index ? ' → ' : '', element('code', {}, name)]));
}

function policyBody(policy, marked) {
  if (!policy) return [];
  const { body: text, aliases, addresses = [] } = policy;
  return [
    aliasLine(aliases),
    // One address alone has nothing to say beside the policy.
    addresses.length > 1 ? placeList(addresses.map(({ address, result, seen, reason }) => placeItem(address, address, outcome(result, reason, 'valid'), seen))) : undefined,
    ...(text === undefined ? [] : [element('h3', {}, t`The policy`), marked(text)]),
  ];
}

/** Where TLS reports go, and what DNS says of it. */
function targetList({ targets, targets_skipped: more } = {}) {
  if (!targets) return [];
  const items = targets.map(({ uri, address, state, reason, seen }, index) => placeItem(`${uri} ${index}`, visible(address ?? uri), outcome(state, reason, state === 'implicit' ? state : 'found'), seen));
  return [
    element('h3', {}, t`Where the reports go`),
    placeList(items),
    more && element('p', { class: 'hint' }, t`Not looked at: ${more} more`),
  ];
}

const placeList = (items) => element('ul', { class: 'hosts addresses' }, items);

/** A place, what it comes to, and what was seen there. */
function placeItem(key, place, result, seen) {
  return element(
    'li',
    { 'data-key': key },
    element('span', { class: 'mono' }, place),
    ' ',
    result,
    seen && ' ',
    seen && element('span', { class: 'seen-there' }, prose(seen)),
  );
}

/** A text line by line; where findings stand in it, the place is marked and they are named below their line. */
function markedText(text, findings, show) {
  const lines = text.replace(/\n$/, '').split('\n');
  let start = 0;
  return element('ol', { class: lines.length > 1 ? 'body-text lines' : 'body-text lines alone' }, lines.map((line, index) => {
    const here = findings.filter(({ at }) => at.line === index + 1 || (index === lines.length - 1 && at.line > lines.length));
    const marks = here.map(({ at, level }) => ({ from: Math.max(0, at.utf16[0] - start), to: Math.min(line.length, at.utf16[1] - start), level }));
    start += line.length + 1;
    return element(
      'li',
      { class: here.length ? levelOf(here[0].level)[0] : undefined },
      element('code', {}, markedLine(line.replace(/\r$/, ''), marks)),
      here.map((finding) => {
        const [style, level] = levelOf(finding.level);
        return element(
          'button',
          { type: 'button', class: `about ${style}`, 'data-finding': finding.key, onclick: () => show(finding.key) },
          `▲ ${level}: ${capital(finding.title)}`,
        );
      }),
    );
  }));
}

/** A line with its marked parts; of marks that lie one over the other the first one of an end counts. */
function markedLine(line, marks) {
  const ends = [...new Set([0, line.length, ...marks.flatMap(({ from, to }) => [from, to])])].filter((end) => end <= line.length).sort((a, b) => a - b);
  return ends.slice(0, -1).map((from, index) => {
    const part = visible(line.slice(from, ends[index + 1]));
    const mark = marks.find((one) => one.from <= from && one.to > from);
    return mark ? element('mark', { class: levelOf(mark.level)[0] }, part) : part;
  });
}

function hostsBody(report) {
  if (!report.mx?.length) return [];
  const { dane } = report;
  return [
    element('ul', { class: 'hosts' }, report.mx.map((host) => hostItem(host, report.policy))),
    dane && element('p', { class: 'hint' }, prose(dane.sentence)),
  ];
}

function hostItem({ host, preference, implicit, matched, result, reason, action, addresses = [], dane }, policy) {
  const aside = [implicit && t`the domain itself, as there is no MX record`, dane && daneSaid(dane)].filter(Boolean);
  // Said once where it is the same everywhere.
  const differ = addresses.some((address) => address.action.sentence !== action.sentence);
  return element(
    'li',
    { 'data-key': host },
    element('p', {}, element('span', { class: 'preference' }, `MX ${preference} `), element('strong', {}, host), ' ', result && isUnlisted({ matched }, policy) && 'TLS ', result && outcome(result, reason), isUnlisted({ matched }, policy) && element('span', { class: 'outcome bad' }, `✕ ${t`not in the policy`}`)),
    action && !differ ? element('p', { class: 'action' }, prose(action.sentence)) : undefined,
    aside.length ? element('p', { class: 'hint' }, capital(`${aside.join('; ')}.`)) : undefined,
    element('ul', {}, addresses.map((address) => element(
      'li',
      { 'data-key': address.address },
      element('span', { class: 'mono' }, address.address),
      ' ',
      outcome(address.result, address.reason),
      address.tls ? element('span', { class: 'hint' }, ` ${tlsSaid(address.tls)}`) : undefined,
      differ ? element('p', { class: 'action' }, prose(address.action.sentence)) : undefined,
    ))),
    dane?.records?.length ? tlsaList(dane) : undefined,
  );
}

/** A TLS version as the RFCs write it; `TLSv1.1` is how libraries do. */
const protocol = (version) => version.replace('TLSv', 'TLS ');

/** What was seen of the TLS of an address, in a few words. */
function tlsSaid({ version, cipher, tls12, tls13, old, without_sni: withoutSni }) {
  // TLS 1.2 is the newest that was offered then, so it is no limit of the server's.
  if (!version) return old && old !== 'TLSv1.2' ? t`${protocol(old)} at most` : '';
  const versions = tls12 === undefined ? protocol(version)
    : tls12 && tls13 ? t`TLS 1.2 and 1.3` : tls13 ? t`TLS 1.3 alone` : t`TLS 1.2 alone`;
  const nameless = { other: t`another certificate without SNI`, fails: t`no handshake without SNI` }[withoutSni];
  return [versions, cipher, nameless].filter(Boolean).join(', ');
}

/** What a host comes to by its TLSA records, where it has some. */
function daneSaid({ state, report }) {
  return {
    ok: t`DANE: a TLSA record matches`,
    failed: t`DANE: fails; senders report ${report}`,
    unusable: t`DANE: none of the TLSA records can be used`,
    'dns-error': t`DANE: the TLSA records cannot be looked up; senders report ${report}`,
  }[state];
}

function tlsaList({ base, records }) {
  return element(
    'div',
    {},
    element('p', { class: 'hint' }, t`TLSA records of ${base}:`),
    element('ul', { class: 'tlsa' }, records.map(({ text, usable, matches }) => element(
      'li',
      {},
      element('code', {}, text),
      ' ',
      !usable ? t`cannot be used` : matches === null ? t`not compared` : matches ? t`matches` : t`does not match`,
    ))),
  );
}

/** What something comes to, in the words of RFC 8460 and of reports. */
function outcome(value, reason, good = 'ok') {
  const [style, sign] = value === good ? ['good', '✓'] : value === 'not-observed' ? ['note', '?'] : ['bad', '✕'];
  const shown = reason && reason !== 'waiting' ? `${value} (${reason})` : value;
  return element('span', { class: `outcome ${style}` }, `${sign} `, element('code', {}, shown)); // the machine's word, in every language
}

/** The steps of a stage that has much to show beside them. */
function rawFold(steps, evidence) {
  if (!steps.length) return undefined;
  const title = single(steps.length) ? t`What was asked and answered: ${steps.length} step` : t`What was asked and answered: ${steps.length} steps`;
  return element('details', { class: 'raw' }, element('summary', {}, title), evidence);
}

/** The steps with what was seen; of several that saw the very same the first one is shown, and where else that was. */
export function stepList(steps, now) {
  const alike = new Map();
  for (const step of steps) {
    const lines = step.seen.flatMap((one) => one.lines ?? []);
    // Two steps without an answer have nothing in common.
    const key = lines.length && (step.step.smtp || step.step.tls) ? JSON.stringify([step.step.tls?.hello, lines, step.waiting]) : JSON.stringify(step.step);
    alike.set(key, [...(alike.get(key) ?? []), step]);
  }
  const shown = new Set();
  return [...alike.values()].map((group) => stepItem(group, now, shown));
}

function stepItem([step, ...others], now, shown) {
  const entries = entriesOf(step, now.evidence);
  const rows = step.seen.map((one, index) => {
    const entry = entries.find(({ by }) => by === one.by);
    const raw = (entry && rawOf(entry.outcome)) ?? one.lines ?? [];
    return element(
      'div',
      { 'data-key': `${one.by} ${index}` },
      element('dt', {}, witness(one)),
      element('dd', {}, prose(one.text), raw.length ? element('pre', { tabindex: 0 }, raw.join('\n')) : undefined, entry && certificates(entry.outcome, now.evidence.now, shown)),
    );
  });
  if (step.waiting) rows.push(element('div', { 'data-key': 'waiting' }, element('dt', {}, ''), element('dd', { class: 'running' }, now.state === 'running' ? t`waiting …` : t`not waited for`)));
  return element(
    'div',
    { class: 'step', 'data-key': JSON.stringify(step.step) },
    commandLine(step.command),
    element('dl', { class: 'seen' }, rows),
    others.length ? element(
      'details',
      { class: 'others-alike' },
      element('summary', {}, t`The same at ${others.map(placeOf).join(', ')}`),
      others.map(({ command }) => commandLine(command)),
    ) : undefined,
  );
}

function placeOf({ step }) {
  const { host, address } = step.smtp ?? step.tls;
  return `${address} (${host})`;
}

let known = {};

/** What the evidence has of a step. */
function entriesOf({ step }, evidence) {
  if (!evidence) return [];
  if (known.evidence !== evidence) known = { evidence, byStep: Map.groupBy(evidence.entries, (entry) => JSON.stringify(entry.step)) };
  return known.byStep.get(JSON.stringify(step)) ?? [];
}

function witness({ by, via, took_ms: took }) {
  const who = { browser: t`your browser`, companion: t`the companion`, terminal: t`the terminal` }[by];
  return via ? t`${who} by ${resolverName(via)}, ${took} ms` : t`${who}, ${took} ms`;
}
