// Draws what a check has come to, into any node: of the page, or of a shadow root. It knows no other part of a page.
import { copyButton } from './blocks.js';
import { element } from './dom.js';
import { findingItem, pageLink, whyOf } from './findings.js';
import { STAGES, isOpen, nameOf, stageOf, stepsOf } from './stages.js';
import { language, single, t } from './t.js';
import { update } from './update.js';

const VERDICTS = {
  deliver: ['good', '✓'],
  refuse: ['bad', '✕'],
  'deliver-and-report': ['doubt', '!'],
  'no-sts': ['doubt', '!'],
  unknown: ['note', '?'],
};
const LEVELS = ['error', 'warning', 'note'];

/**
 * Gives `{ draw, clear, open, openFindings }` for a node that is empty. `draw` takes `{ report, evidence, state, command, companion }`: a report that
 * may be partial, what was seen once the check is over, `running`, `done` or `cancelled`, the command that checks the domain
 * from a terminal, and the companion that was asked. It resolves when all that belongs to it is shown.
 *
 * All options can be left out: `actions` is a node that is shown below the verdict; `link(what, name)` gives the address of a `rule`, of
 * a `domain` or of what to publish for one (`setup`), or nothing where there is none; `why(code)` gives the explanation of a rule;
 * `mend()` gives the engine that mends texts; `style()` resolves when the style of all but the first findings is there,
 * `speak()` is called before something is drawn that was not asked for just now.
 */
export function resultIn(root, { actions, link = pageLink, why = whyOf, mend, style, speak = () => {} } = {}) {
  const spoken = element('p', { class: 'visually-hidden', role: 'status' });
  const [verdictBox, way, stages, findings, rest] = ['first', 'way', '', 'second', ''].map((name) => element('div', { class: name }));
  const body = element('div', { class: 'result', hidden: true }, verdictBox, actions, way, stages, findings, rest);
  root.classList.add('mta-sts');
  root.append(spoken, body);
  new ResizeObserver(() => {
    speak();
    if (now) drawWay();
  }).observe(way);

  /** What is shown. */
  let now;
  let spokenLanguage;
  /** The findings that are shown, by their keys, in their order. */
  let listed = [];
  /** What draws all but the first findings, once it is loaded. */
  let more;

  function clear() {
    now = undefined;
    listed = [];
    body.hidden = true;
    for (const part of [verdictBox, way, stages, findings, rest]) part.replaceChildren();
    spoken.textContent = '';
  }

  /** What keeps itself speaks the language in which it was drawn, and makes room for another; what is unfolded elsewhere stays so. */
  function renew() {
    for (const own of body.querySelectorAll('[data-own]')) own.dataset.key = 'of another language';
  }

  async function draw(next) {
    if (now?.report.domain !== next.report.domain) clear();
    if (spokenLanguage !== language()) renew();
    spokenLanguage = language();
    now = next;
    body.hidden = false;
    drawAll();
    try {
      if (await loadMore() && now) drawAll();
    } catch (error) {
      if (now) update(rest, element('p', { class: 'problem' }, t`A part of this page could not be loaded: ${error.message}`));
    }
  }

  function drawAll() {
    speak();
    say();
    update(verdictBox, verdict(now, more?.whoWasAsked));
    drawWay();
    drawStages();
    drawFindings();
    update(rest, now.state !== 'running' && more?.endingOf(now, { link, open }));
  }

  /** Speaks the verdict once, and not every stage. */
  function say() {
    const { report, state } = now;
    const text = state === 'cancelled' ? t`Cancelled` : stands(now) ? report.summary : t`Checking ${report.domain}`;
    if (spoken.textContent !== text) spoken.textContent = text;
  }

  /** Draws the way of a message, for which there is room before what draws it has come. */
  function drawWay() {
    // Not while it is hidden: then it is drawn when it has a width.
    if (more && way.clientWidth) update(way, more.pathOf(now.report, now.state, way.clientWidth, open));
  }

  function drawStages() {
    update(stages, element('h2', { class: 'visually-hidden' }, t`Stages`), element('ul', { class: 'stages' }, STAGES.map(stageItem)));
  }

  const unfolded = (id) => stages.querySelector(`[data-stage=${id}] > details`)?.open;

  function stageItem(id) {
    const { state, sign: [style, sign], word, said } = stageOf(now.report, id, now.state);
    const line = element('span', { class: 'said' }, word && element('span', { class: `state ${style}` }, word), word && said ? ' ' : '', id === 'record' && said ? element('code', {}, said) : said);
    line.title = line.textContent;
    return element(
      'li',
      { 'data-stage': id, 'data-state': state, 'data-key': id },
      element(
        'details',
        { ontoggle: () => unfolded(id) && drawInside() },
        element(
          'summary',
          {},
          element('span', { class: `sign ${style}`, 'aria-hidden': 'true' }, sign),
          element('span', { class: 'name' }, nameOf(id)),
          line,
        ),
        element('div', { class: 'stage-body' }, unfolded(id) && more?.insideOf(id, now, { show: showFinding, findings: keyed(now.report.findings ?? []) })),
      ),
    );
  }

  async function drawInside() {
    await loadMore();
    speak();
    if (now) drawStages();
  }

  /** Loads what draws the rest, and says whether that is news. */
  async function loadMore() {
    if (more) return false;
    const [loaded] = await Promise.all([import('./more.js'), style?.()]);
    if (more) return false; // of two that wait for it one is enough
    more = loaded;
    more.unfoldForPrint(body, () => now && drawStages());
    return true;
  }

  /** Unfolds a stage and goes there: to a place in it, where that is given. */
  async function open(id, place) {
    stages.querySelector(`[data-stage=${id}] > details`).open = true;
    await drawInside();
    const stage = stages.querySelector(`[data-stage=${id}]`);
    stage.querySelector('summary').focus({ preventScroll: true });
    (stage.querySelector(place ?? 'summary') ?? stage).scrollIntoView({ block: place ? 'center' : 'start' });
  }

  function showFinding(key) {
    const item = [...findings.querySelectorAll('.finding')].find(({ dataset }) => dataset.key === key);
    item.scrollIntoView({ block: 'center' });
    item.querySelector('a, button').focus({ preventScroll: true });
  }

  function drawFindings() {
    const { report, state } = now;
    const all = new Map(keyed(report.findings ?? []).map((finding) => [finding.key, finding]));
    const fresh = [...all.values()].filter((finding) => !listed.includes(finding.key) && isFinal(finding, now));
    // What is shown keeps its place among its like, so that nothing moves under the reader's eyes.
    const shown = [...listed.filter((key) => all.has(key)).map((key) => all.get(key)), ...fresh];
    shown.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
    listed = shown.map(({ key }) => key);
    if (!shown.length) {
      update(findings, state === 'done' && more && element('p', { class: 'nothing' }, more.nothingToChange(report)));
      return;
    }
    const options = {
      link,
      why,
      where: (finding) => whereOf(finding, report),
      place: (id) => open(stageOfFinding(shown[id]), `[data-finding="${CSS.escape(shown[id].key)}"]`),
      fixed: ({ fix }) => [' ', copyFix(fix)],
      beside: (finding) => finding.edit && mend && state !== 'running' && more?.mendedFold(finding, mend, () => now),
    };
    update(
      findings,
      element('h2', {}, t`What to change, and what to know`),
      element('ul', { class: 'findings' }, shown.map((finding, id) => findingItem(finding, id, options))),
    );
  }

  /** Goes to what is to be changed, or to where it will be told. */
  function openFindings() {
    const heading = findings.firstElementChild ?? findings;
    heading.tabIndex = -1;
    heading.focus();
    heading.scrollIntoView();
  }

  return { draw, clear, open, openFindings };
}

/** Copies what a fix says to publish, or the fix itself. */
function copyFix(fix) {
  const [, record] = /`(v=[^`]+)`/.exec(fix) ?? [];
  if (record) return copyButton(record, t`Copy the record`);
  const [value, ...others] = fix.match(/`[^`]*[=: ][^`/]*`/g) ?? []; // and no name or address
  return copyButton((value && !others.length ? value : fix).replaceAll('`', ''));
}

/** Whether what senders do is known, whatever else is still looked at. */
function stands({ report, state }) {
  return state === 'done' || (state === 'running' && report.undecided === 0);
}

function verdict(now, whoWasAsked) {
  const { report, state } = now;
  if (state === 'cancelled') return banner(report, 'note', '■', t`The check of ${report.domain} was cancelled.`, t`What was seen until then is below.`);
  const left = single(report.waiting) ? t`${report.waiting} step to go` : t`${report.waiting ?? 0} steps to go`;
  if (!stands(now)) return banner(report, 'running', '●', t`Checking ${report.domain} …`, report.waiting === undefined ? t`Looking up the records` : left);
  return sentence(report, state === 'running' ? t`Looking closer: ${left}` : whoWasAsked?.(now));
}

/** The verdict of a report, in one sentence. */
export function sentence(report, aside) {
  const errors = report.findings.some((finding) => finding.level === 'error');
  // A domain that wants no mail gets none.
  const none = report.delivery === 'refuse' && report.mx_lookup === 'null';
  const [style, sign] = none ? ['note', '–']
    : report.delivery === 'deliver' && errors ? ['doubt', '!'] : VERDICTS[report.delivery];
  return banner(report, style, sign, report.summary, aside);
}

/** The room that a long verdict takes is there from the start, so that what is below stays where it is. */
function banner({ domain }, style, sign, text, aside) {
  return element(
    'section',
    // Another verdict is another element, so that its texts are new and none of them moves.
    { class: `verdict ${style}`, 'aria-label': t`Verdict`, 'data-key': style },
    element('span', { class: 'sign', 'aria-hidden': 'true' }, sign),
    element(
      'div',
      { 'data-room': `${'mail '.repeat(9)}${domain}: mx1.${domain} ${'mail '.repeat(9)}`, 'data-aside': 'mail '.repeat(17) },
      element('div', {}, element('p', { class: 'sentence' }, text), aside && element('p', { class: 'aside' }, aside)),
    ),
  );
}

/** Findings with keys of their own: the code, and which one of that code it is. */
function keyed(findings) {
  const counts = {};
  return findings.map((finding) => {
    counts[finding.code] = (counts[finding.code] ?? 0) + 1;
    return { ...finding, key: `${finding.code} ${counts[finding.code]}` };
  });
}

/** What a finding is about, by its code. */
function stageOfFinding({ code, at }) {
  const about = code.split('-')[0];
  if (at?.source === 'mx') return 'hosts';
  return { record: 'record', policy: 'policy', delegation: 'policy', mx: 'mx', dane: 'hosts', tlsrpt: 'tlsrpt', testing: 'tlsrpt' }[about] ?? 'record';
}

/** Whether nothing can come any more that is to stand above a finding. */
function isFinal(finding, { report, state }) {
  if (state !== 'running') return true;
  if (finding.level === 'note') return report.undecided === 0 && report.waiting === 0;
  const about = stageOfFinding(finding);
  if (finding.level === 'warning' || about === 'tlsrpt') return report.undecided === 0;
  if (['mx', 'hosts'].includes(about)) return true;
  // What is wrong with the mail hosts stops mail, so it comes first; without a policy to hold them to that is known from DNS.
  const asked = ['mx', 'hosts'].some((id) => stepsOf(report, id).some(({ step, waiting, decides }) => waiting && decides && step.dns));
  return !asked && (about === 'record' || !isOpen(report, 'record'));
}

function whereOf(finding, report) {
  const { at } = finding;
  if (at?.source === 'mx') return report.mx[at.line - 1]?.host;
  const name = nameOf(stageOfFinding(finding));
  return at ? t`${name}, line ${at.line}, column ${at.column}` : name;
}
