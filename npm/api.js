// The functions that the package gives, over an engine that was started.
import { Resolvers, RESOLVERS } from '../www/doh.js';
import { told } from '../www/linted.js';

/** A text as bytes: a string is taken as UTF-8. */
const bytesOf = (text) => (typeof text === 'string' ? new TextEncoder().encode(text) : text);

/** What lints: any build of the engine that mends. */
export function linter(engine) {
  const given = (text, { kind } = {}) => told(engine, bytesOf(text), kind);
  return {
    lint(text, options = {}) {
      const [bytes, kind, names] = given(text, options);
      const report = engine.lint(bytes, kind, names);
      return options.senders ? { ...report, senders: engine.senders(bytes, kind) } : report;
    },
    fixAll: (text, options) => engine.fixAll(...given(text, options)),
    senders: (text, { kind } = {}) => engine.senders(bytesOf(text), kind),
  };
}

/** What lints and checks: the whole engine. */
export function checker(engine) {
  return {
    ...linter(engine),
    readDomain: (typed) => engine.readDomain(typed),
    replay: (evidence) => engine.replay(evidence),
    draftAgainst: (evidence, text, { kind } = {}) => engine.draftAgainst(evidence, bytesOf(text), kind),
    async check(domain, { resolvers = RESOLVERS.map(([, url]) => url), companion, selectors = [], signal, onReport = () => {} } = {}) {
      const ended = signal ?? new AbortController().signal;
      const { ask } = new Resolvers({ resolvers }, ended);
      const done = await engine.check(domain, { companion, selectors: selectors.join(' ') }, ask, ended, onReport);
      ended.throwIfAborted();
      return done;
    },
  };
}
