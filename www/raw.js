// What was seen of a step, as it came: header fields, what was said over SMTP, certificates.
import { element } from './dom.js';
import { language, t } from './t.js';
import { timeOf } from './when.js';

/** A stranger's text with what cannot be seen, or would turn the line around, written out. */
export const visible = (text) => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `<U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}>`);

/** The lines of an outcome; nothing of one whose report says it all. */
export function rawOf({ http, session }) {
  if (http?.headers) return [`${http.http_version ?? 'HTTP'} ${http.status}`, ...http.headers.map(({ name, value }) => visible(`${name}: ${value}`)), ...leftOut(http), ...timesOf(http)];
  if (session) return [...(session.transcript ?? []).map(({ us, text }) => `${us ? '>' : '<'} ${visible(text)}`), ...timesOf(session)];
  return undefined;
}

function leftOut({ headers_left_out: count }) {
  return count ? [t`and ${count} more header fields`] : [];
}

function timesOf({ stages = [] }) {
  return stages.length ? ['', stages.map(({ stage, took_ms: took }) => `${stage} ${took} ms`).join(', ')] : [];
}

/** The certificates of an outcome as they were sent, behind a fold; `shown` are those that stand above already. */
export function certificates({ http, session, failed, 'old-tls': old }, now, shown) {
  const tls = http?.tls ?? session?.tls ?? failed?.certificate?.tls ?? old;
  if (!tls?.chain?.length) return undefined;
  const [leaf] = tls.chain;
  const same = tls.chain.map(({ sha256 }) => sha256).join();
  if (shown.has(same)) return element('p', { class: 'hint' }, t`The certificates are those that are shown above.`);
  if (leaf.sha256) shown.add(same);
  const names = visible(leaf.dns_ids.join(', ') || leaf.subject);
  return element(
    'details',
    { class: 'certificates' },
    element('summary', {}, t`Certificate: ${names}, until ${day(leaf.not_after)}`),
    element('p', {}, [tls.version, tls.cipher].join(' '), tls.anchor && ` · ${t`the chain leads to the authority ${visible(tls.anchor)}`}`),
    (tls.faults ?? []).map((fault) => element('p', { class: 'bad' }, `✕ ${faultWord(fault)}`)),
    element('ol', {}, tls.chain.map((certificate) => element('li', {}, fields(certificate, now)))),
  );
}

function fields({ subject, dns_ids: names, addresses = [], issuer, not_before: from, not_after: to, key, signature, sha256 }, now) {
  const rows = [
    [t`Subject`, subject], [t`Names`, [...names, ...addresses].join(', ')], [t`Issuer`, issuer],
    [t`Valid`, t`from ${day(from)} to ${day(to)} (${distance(to - now)})`],
    [t`Key`, key], [t`Signed with`, signature], ['SHA-256', sha256],
  ];
  return element('dl', {}, rows.filter(([, value]) => value).map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, visible(value)))));
}

const day = (seconds) => timeOf(seconds, { dateStyle: 'medium', timeZone: 'UTC' });

/** How far off a time is, in days. */
const distance = (seconds) => new Intl.RelativeTimeFormat(language()).format(Math.trunc(seconds / 86400), 'day');

function faultWord(fault) {
  const [name] = typeof fault === 'string' ? [fault] : Object.keys(fault);
  return {
    'host-mismatch': t`it is for another name`, expired: t`it has expired`, 'not-yet-valid': t`it is not valid yet`,
    'self-signed': t`it is signed by its own key`, 'unknown-issuer': t`no chain leads to an authority that is trusted`,
    'missing-intermediate': t`the certificate of its issuer is missing`, untrusted: t`it is not trusted: ${visible(fault.untrusted?.why ?? '')}`,
  }[name] ?? name;
}
