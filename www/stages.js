// How far a report has come: which stages wait, and what the others came to, in a few words. A report may be partial:
// what it lacks is waited for.
import { language, single, t } from './t.js';

export const STAGES = ['record', 'policy', 'mx', 'hosts', 'tlsrpt'];

export const nameOf = (id) => ({
  record: t`Record`, policy: t`Policy`, mx: t`MX records`, hosts: t`Mail hosts`, tlsrpt: t`TLS reports`,
})[id];

/** A style and a sign for each state. */
const SIGNS = {
  valid: ['good', '✓'], found: ['good', '✓'], implicit: ['good', '✓'],
  absent: ['bad', '✕'], invalid: ['bad', '✕'], multiple: ['bad', '✕'], 'dns-error': ['bad', '✕'],
  'fetch-error': ['bad', '✕'], 'webpki-invalid': ['bad', '✕'], none: ['bad', '✕'],
  null: ['note', '–'],
};
const UNSEEN = ['note', '?'];
const WAITING = ['running', '●'];
const CUT = ['note', '■'];

const stateWord = (state) => ({
  valid: t`valid`, found: t`found`, absent: t`absent`, invalid: t`invalid`, multiple: t`more than one`,
  implicit: t`none, so the domain itself`, null: t`null MX: no mail`, none: t`none`,
  'dns-error': t`cannot be looked up`, 'fetch-error': t`cannot be fetched`, 'webpki-invalid': t`certificate not valid`,
  'not-observed': t`not seen`,
})[state] ?? state;

const resultWord = (result) => ({
  ok: t`verified TLS`, 'starttls-not-supported': t`no STARTTLS`, 'certificate-host-mismatch': t`certificate for another name`,
  'certificate-expired': t`certificate expired`, 'certificate-not-trusted': t`certificate not trusted`,
  'validation-failure': t`TLS fails`, 'connect-failed': t`no SMTP session`, 'not-observed': t`not seen`,
})[result] ?? result;

function stateOf(report, id) {
  return { record: report.record?.state, policy: report.policy?.state, mx: report.mx_lookup, tlsrpt: report.tlsrpt?.state }[id];
}

export const stepsOf = (report, id) => (report.steps ?? []).filter((step) => step.stage === id);

/** Whether an answer is missing that can change what a stage comes to. */
export function isOpen(report, id) {
  const steps = stepsOf(report, id);
  if (steps.length) return steps.some((step) => step.waiting && step.decides);
  if (id !== 'hosts') return [undefined, 'not-observed'].includes(stateOf(report, id));
  if (isOpen(report, 'mx')) return true;
  return report.delivery === undefined && ['found', 'implicit'].includes(report.mx_lookup);
}

/** What is waited for, or was when the check was cancelled. */
function pending(report, id, state) {
  if (state === 'done' || !isOpen(report, id)) return undefined;
  return state === 'running' ? { sign: WAITING, word: t`waiting …` } : { sign: CUT, word: t`cancelled` };
}

/** A stage: its machine's word for the state, a style and a sign, a word, and what else is to be said in a line. */
export function stageOf(report, id, state) {
  const waits = pending(report, id, state);
  if (waits) return { state: state === 'running' ? 'waiting' : stateOf(report, id) ?? 'done', ...waits, said: '' };
  if (id === 'hosts') return { state: 'done', sign: hostsSign(report), word: '', said: hostsSaid(report) };
  const known = stateOf(report, id);
  return { state: known, sign: signOf(report, id, known), word: stateWord(known), said: saidOf(report, id) };
}

function signOf({ policy }, id, state) {
  // A missing TLSRPT record breaks nothing.
  if (id === 'tlsrpt' && state === 'absent') return ['note', '–'];
  if (id === 'policy' && state === 'valid' && differs(policy)) return ['doubt', '!'];
  return SIGNS[state] ?? UNSEEN;
}

/** Whether some address of the policy host does not give the policy that another one gives. */
function differs({ addresses = [] }) {
  return addresses.some(({ result }) => !['valid', 'not-observed'].includes(result));
}

function saidOf({ record, policy, mx = [], tlsrpt }, id) {
  switch (id) {
    case 'record': return record.text.join(' · ');
    case 'policy': return policySaid(policy);
    case 'mx': return mx.map(({ host }) => host).join(', ');
    default: return (tlsrpt.rua ?? []).join(', ');
  }
}

function policySaid({ mode, max_age: maxAge, mx }) {
  if (!mode) return '';
  return mx?.length ? t`mode ${mode}, kept for ${duration(maxAge)}, admits ${mx.join(', ')}` : t`mode ${mode}, kept for ${duration(maxAge)}`;
}

/** A time in the largest unit that does not hide much of it. */
export function duration(seconds) {
  const [size, unit] = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']]
    .find(([size]) => seconds >= size * 2 || seconds === size) ?? [1, 'second'];
  return new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long' }).format(Math.floor(seconds / size));
}

/** A time in seconds since 1970, written in a way; as a number where it is one that no calendar has. */
function written(seconds, way) {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? String(seconds) : way(time);
}

/** A time as the reader writes it, and as machines do. */
export const timeOf = (seconds, options) => written(seconds, (time) => new Intl.DateTimeFormat(language(), options).format(time));
export const isoTime = (seconds) => written(seconds, (time) => time.toISOString());

/** Whether the policy keeps senders from a host; with mode none there is nothing to be listed in. */
function isUnlisted({ matched }, policy) {
  return matched === false && policy?.mode !== 'none';
}

function hostsSaid({ mx = [], policy }) {
  if (!mx.length) return t`none`;
  const passing = mx.filter((host) => host.result === 'ok' && !isUnlisted(host, policy)).length;
  const unlisted = mx.filter((host) => isUnlisted(host, policy)).length;
  const unseen = mx.filter((host) => host.result === 'not-observed' && !isUnlisted(host, policy)).length;
  const parts = [single(passing) ? t`${passing} of ${mx.length} passes` : t`${passing} of ${mx.length} pass`];
  if (unlisted) parts.push(t`${unlisted} not in the policy`);
  if (unseen) parts.push(t`${unseen} not seen`);
  return parts.join(', ');
}

function hostsSign({ mx = [], policy, dane }) {
  if (!mx.length) return ['note', '–'];
  const bad = mx.some((host) => !['ok', 'not-observed'].includes(host.result) || isUnlisted(host, policy));
  if (bad) return ['bad', '✕'];
  // Some senders deliver there and others, by DANE, do not.
  if (dane?.delivery === 'refuse') return ['doubt', '!'];
  return mx.some((host) => host.result === 'not-observed') ? UNSEEN : ['good', '✓'];
}

/** What senders do at a host. */
const ACTIONS = {
  deliver: ['good', '✓'], 'deliver-unverified': ['doubt', '!'], 'next-host': ['bad', '✕'], defer: ['bad', '✕'], unknown: UNSEEN,
};

/** A mail host on the way of a message: a style and a sign, and a word. */
export function hostOnTheWay(host, report, state) {
  if (state !== 'done' && isOpenAt(host)) return state === 'running' ? { sign: WAITING, word: t`waiting …` } : { sign: CUT, word: t`cancelled` };
  const word = isUnlisted(host, report.policy) && host.result === 'ok' ? t`not in the policy` : resultWord(host.result);
  // A host that is seen as it is, while nobody knows yet whether there is a policy to hold it to.
  const sign = host.action.does === 'unknown' && !['ok', 'not-observed'].includes(host.result) ? ['doubt', '!'] : ACTIONS[host.action.does];
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
  if (delivery === 'deliver') return { sign: ['good', '✓'], word: t`delivered`, more: t`verified TLS` };
  if (delivery === 'refuse') return { sign: ['bad', '✕'], word: t`refused`, more: t`returned later` };
  if (lookup === 'none') return { sign: ['bad', '✕'], word: t`refused`, more: t`no mail host` };
  if (delivery === 'unknown' || !mx.length) return { sign: UNSEEN, word: t`not known`, more: t`not seen` };
  // Without a policy that counts senders take what they get, if they get anything.
  if (mx.every(({ action }) => ['next-host', 'defer'].includes(action.does))) return { sign: ['bad', '✕'], word: t`refused`, more: t`no host takes it` };
  return { sign: ['doubt', '!'], word: t`delivered`, more: t`unverified` };
}

/** A resolver or a companion in a few words. */
export function resolverName(via) {
  // A saved check can name anything.
  return /^https?:/.test(via) && URL.canParse(via) ? new URL(via).host : via;
}
