// The engine with its wasm inside: each part of it is loaded when it is first asked for.
import { builds } from 'mta-sts-builds';
import { checker, linter } from './api.js';

const started = {};

/** A build, started once; what could not be is tried again the next time. */
function once(folder, api) {
  started[folder] ??= builds[folder]().then((build) => build.started()).then(api).catch((error) => {
    started[folder] = undefined;
    throw error;
  });
  return started[folder];
}

const linting = (name) => async (...given) => (await once('pkg-mend', linter))[name](...given);
const checking = (name) => async (...given) => (await once('pkg', checker))[name](...given);

export const lint = linting('lint');
export const fixAll = linting('fixAll');
export const senders = linting('senders');
export const readDomain = checking('readDomain');
export const check = checking('check');
export const replay = checking('replay');
export const draftAgainst = checking('draftAgainst');

/** Every rule, by its code. */
export async function rules() {
  return (await import('mta-sts-rules')).rules;
}

/** What a rule is about; nothing where there is no rule of that code. */
export async function explain(code) {
  const all = await rules();
  return Object.hasOwn(all, code) ? all[code] : undefined;
}

export { RESOLVERS } from '../www/doh.js';
