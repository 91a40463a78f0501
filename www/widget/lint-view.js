// What lints a text as it is typed: loaded when somebody types, or asks for it.
import { editor } from '../editor.js';
import { lintEngine, mendEngine, respeak } from '../engine.js';
import { findingList } from '../findings.js';
import { sentence, stripped, told } from '../linted.js';
import { language, single, t } from '../t.js';
import { whys } from 'mta-sts-whys';
import './brought.js';

/** Most characters that are looked at: senders read 64 kB of a policy. */
const MOST = 1 << 18;

const why = async (code) => (await whys[language()]()).why[code] ?? '';

/** Resolves when there is all that every text needs. */
export const ready = async () => {};

/**
 * Makes a field live: `area` with the `layer` behind it. `result` is where findings are shown, `kind()` what the text is, if
 * that is said; `speak()` is called before something is said, `linted(report)` when a text was looked at with everything there is, with nothing for
 * an empty field, and `failed(sentence)` where something cannot be loaded.
 */
export function live({ area, layer, result, kind, speak, linted, failed }) {
  let report;
  /** What finds all there is, and mends: it comes behind what finds errors. */
  let mends;
  /** Counts the looks: of two that wait for something the later one counts. */
  let turn = 0;
  const field = editor(area, layer, look);
  layer.replaceChildren();
  if (!isTooLong()) field.draw([]);

  function isTooLong() {
    return area.value.length > MOST;
  }

  async function look() {
    turn += 1;
    const mine = turn;
    if (!area.value.trim()) {
      show(undefined);
      linted(undefined);
      return undefined;
    }
    if (isTooLong()) {
      layer.replaceChildren();
      result.replaceChildren();
      linted(undefined);
      speak();
      failed(t`The text is larger than a policy can be.`);
      return undefined;
    }
    try {
      if (!mends) {
        await seen(await lintEngine(field.bytes(), kind()), mine);
        mends = await mendEngine();
      }
      await seen(mends, mine);
    } catch (error) {
      speak();
      failed(t`What is needed could not be loaded: ${error.message}`);
      return undefined;
    }
    if (mine !== turn) return undefined;
    linted(report);
    return report;
  }

  /** Looks with an engine, and shows what it finds, where nothing was typed meanwhile. */
  async function seen(engine, mine) {
    speak();
    await respeak(() => {
      if (mine !== turn) return;
      speak();
      show(engine.lint(...told(engine, field.bytes(), kind())));
    });
  }

  function show(next) {
    report = next;
    const findings = report?.findings ?? [];
    field.draw(findings);
    area.setAttribute('aria-invalid', String(report ? !report.valid : false));
    result.replaceChildren(...(report ? [sentence(report), stripped(report), findings.length && list(findings)].filter(Boolean) : []));
  }

  const list = (findings) => findingList(findings, {
    why,
    link: () => undefined,
    place: (id) => field.select(id),
    fix: (id) => field.apply(findings[id].edit),
    light: (ids) => field.light(ids),
  });

  return {
    look,
    /** Makes every edit that is sure to be right, and says how many. */
    fix() {
      speak();
      const { text, edits } = mends.fixAll(...told(mends, field.bytes(), kind()));
      field.applyAll(text);
      return single(edits) ? t`${edits} edit made. Control and Z takes it back.` : t`${edits} edits made. Control and Z takes them back.`;
    },
  };
}
