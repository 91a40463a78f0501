// A check of one domain: a small part of the engine looks first, while the rest is loaded.
import { Resolvers } from './doh.js';
import { checkEngine, lookEngine } from './engine.js';

/** Of what a first look asks for too. */
const LOOKED_AT = ['record', 'mx', 'tlsrpt'];

/**
 * Checks a domain and gives `{ report, evidence }`. `onReport` is called with a report after every outcome; the first ones are
 * parts of a report, of what lookups say. `signal` ends the check early, with what is there by then.
 */
export async function check(domain, settings, signal, onReport) {
  const resolvers = new Resolvers(settings, signal);
  let first;
  let overtaken = false;
  const looked = lookEngine().then(({ look }) => look(domain, resolvers.ask, (report) => {
    first = report;
    if (!overtaken) onReport(report);
  }));
  // One after the other: together each would take the line from the other.
  await lookEngine().catch(() => {}); // the check does without
  const done = (await checkEngine()).check(domain, settings, signal, (report) => {
    // Nothing that was shown is taken back: the answers are on their way from the first look.
    const behind = report.steps.filter(({ stage, waiting }) => LOOKED_AT.includes(stage) && waiting).length;
    if (!overtaken && behind > (first?.waiting ?? Infinity)) return;
    overtaken = true;
    onReport(report);
  }, resolvers);
  await Promise.allSettled([looked]); // what it could not say, the check says
  return done;
}
