// The way of a message: what senders come to at a mail host, and where it ends.
import { CUT, UNSEEN, WAITING, isUnlisted } from './stages.js';
import { t } from './t.js';

const resultWord = (result) => ({
  ok: t`verified TLS`, 'starttls-not-supported': t`no STARTTLS`, 'certificate-host-mismatch': t`certificate for another name`,
  'certificate-expired': t`certificate expired`, 'certificate-not-trusted': t`certificate not trusted`,
  'validation-failure': t`TLS fails`, 'connect-failed': t`no SMTP session`, 'not-observed': t`not seen`,
})[result] ?? result;

/** What senders do at a host. */
const ACTIONS = {
  deliver: ['good', '✓'], 'deliver-unverified': ['doubt', '!'], 'next-host': ['bad', '✕'], defer: ['bad', '✕'], unknown: UNSEEN,
};

/** A mail host on the way of a message: a style and a sign, and a word. */
export function hostOnTheWay(host, report, state) {
  if (state !== 'done' && isOpenAt(host)) return state === 'running' ? { sign: WAITING, word: t`waiting …` } : { sign: CUT, word: t`cancelled` };
  const byDane = report.dane?.delivery === 'refuse' && host.result === 'ok';
  const word = byDane ? t`fails DANE` : host.result !== 'ok' ? resultWord(host.result) : isUnlisted(host, report.policy) ? t`not in the policy`
    : host.action.does === 'deliver-unverified' ? t`TLS, not required` : resultWord('ok');
  // A host that is seen as it is, while nobody knows yet whether there is a policy to hold it to.
  const sign = host.action.does === 'unknown' && !['ok', 'not-observed'].includes(host.result) ? ['doubt', '!'] : byDane && host.action.does === 'deliver' ? ['doubt', '!'] : ACTIONS[host.action.does];
  return { sign, word };
}

function isOpenAt({ action, reason, addresses = [] }) {
  return !action || reason === 'waiting' || addresses.some((address) => address.reason === 'waiting');
}

/** Where the way of a message ends: a style and a sign, and in words. */
export function endOfTheWay(report, state) {
  if (state === 'running' && report.undecided !== 0) return { sign: WAITING, word: t`waiting …`, more: '' };
  if (state === 'cancelled') return { sign: CUT, word: t`not known`, more: t`cancelled` };
  const { delivery, mx_lookup: lookup, mx = [] } = report;
  if (lookup === 'null') return { sign: ['note', '–'], word: t`no mail`, more: t`none is wanted` };
  if (delivery === 'deliver' && report.dane?.delivery === 'refuse') return { sign: ['doubt', '!'], word: t`delivered`, more: t`not by DANE` };
  if (delivery === 'deliver') return { sign: ['good', '✓'], word: t`delivered`, more: t`verified TLS` };
  if (delivery === 'refuse') return { sign: ['bad', '✕'], word: t`refused`, more: t`returned later` };
  if (lookup === 'none') return { sign: ['bad', '✕'], word: t`refused`, more: t`no mail host` };
  if (delivery === 'unknown' || !mx.length) return { sign: UNSEEN, word: t`not known`, more: t`not seen` };
  // Without a policy that counts senders take what they get, if they get anything.
  if (mx.every(({ action }) => ['next-host', 'defer'].includes(action.does))) return { sign: ['bad', '✕'], word: t`refused`, more: t`no host takes it` };
  return { sign: ['doubt', '!'], word: t`delivered`, more: t`unverified` };
}
