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
export const UNSEEN = ['note', '?'];
export const WAITING = ['running', '●'];
export const CUT = ['note', '■'];

const stateWord = (state) => ({
  valid: t`valid`, found: t`found`, absent: t`absent`, invalid: t`invalid`, multiple: t`more than one`,
  implicit: t`none, so the domain itself`, null: t`null MX: no mail`, none: t`none`,
  'dns-error': t`cannot be looked up`, 'fetch-error': t`cannot be fetched`, 'webpki-invalid': t`certificate not valid`,
  'not-observed': t`not seen`,
})[state] ?? state;

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

function signOf(report, id, state) {
  // A missing TLSRPT record breaks nothing.
  if (id === 'tlsrpt' && state === 'absent') return ['note', '–'];
  if (state === 'valid' && differs(report[id])) return ['doubt', '!'];
  return SIGNS[state] ?? UNSEEN;
}

/** Whether some address of the policy host does not give the policy that another one gives, or reports do not get somewhere. */
function differs({ addresses = [], targets = addresses }) {
  return targets.some(({ result, state = result }) => !['valid', 'found', 'implicit', 'not-observed'].includes(state));
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

/** Whether the policy keeps senders from a host; with mode none there is nothing to be listed in. */
export function isUnlisted({ matched }, policy) {
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
