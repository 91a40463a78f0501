// What checks a domain and shows the result: loaded when somebody asks for a check.
import { check } from '../checking.js';
import { checkEngine, lookEngine, mendEngine, respeak } from '../engine.js';
import { language } from '../t.js';
import { resultIn } from '../result.js';
import { whys } from 'mta-sts-whys';
import stages from 'mta-sts-stages-style';
import './brought.js';
import { sheetOf } from './element.js';

/** Resolves when there is what begins a check. */
export const ready = lookEngine;

/** Gives a shadow root a style, once. */
function wear(root, style) {
  const sheet = sheetOf(style);
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}

/** The policy domain in what was typed into an element of ours, or what to type instead. */
export async function read(typed, host) {
  const { readDomain } = await lookEngine();
  host.speak();
  return respeak(() => readDomain(typed));
}

/** The languages in which checks were made on this page. */
const languages = new Set();

/** Shows checks in `root`, for an element of ours. */
export function shownIn(root, host) {
  wear(host.shadowRoot, stages);
  const page = host.checkerPage();
  const result = resultIn(root, {
    link: (what, name) => page && `${page}#${new URLSearchParams({ [what]: name })}`,
    why: async (code) => (await whys[language()]()).why[code] ?? '',
    mend: mendEngine,
    speak: () => host.speak(),
    style: async () => wear(host.shadowRoot, (await import('mta-sts-details-style')).default),
  });
  return {
    root,
    /** Gives `{ report, evidence }`, or nothing where the check was cancelled. */
    async check({ domain, command }, settings, signal) {
      const { companion } = settings;
      const draw = (now) => {
        host.speak();
        return result.draw({ command, companion, ...now });
      };
      result.clear();
      host.speak();
      languages.add(language());
      await respeak();
      const seen = await check(domain, settings, signal, (report) => {
        if (!signal.aborted) draw({ report, state: 'running' });
      });
      const { replay } = await checkEngine();
      host.speak();
      // Another check on this page may have had the engine speak another language meanwhile.
      const done = await respeak(() => (languages.size > 1 ? replay(seen.evidence) : seen));
      const state = signal.aborted ? 'cancelled' : 'done';
      await draw({ ...done, state });
      return state === 'done' ? done : undefined;
    },
  };
}
