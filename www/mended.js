// The text that findings stand in, with every edit that is sure to be right: what exactly to publish.
import { textBlock } from './blocks.js';
import { element } from './dom.js';
import { told } from './linted.js';
import { single, t } from './t.js';

/** The text that a finding of a check stands in, mended: made when it is asked for, by the engine that `mend()` gives. `current()` gives the check. */
export function mendedFold({ at: { source } }, mend, current) {
  const { domain } = current().report;
  const title = { record: t`The record mended: TXT at ${`_mta-sts.${domain}`}`, policy: t`The policy mended`, tlsrpt: t`The TLSRPT record mended: TXT at ${`_smtp._tls.${domain}`}` }[source];
  const fold = element(
    'details',
    { class: 'mended', 'data-own': true, 'data-print': true },
    element('summary', {}, title),
    element('div', { role: 'status' }),
  );
  fold.addEventListener('toggle', async () => {
    const box = fold.lastElementChild;
    if (!fold.open || box.firstChild) return;
    box.textContent = t`Loading …`;
    try {
      box.replaceChildren(...mendedText(await mend(), source, current()));
    } catch {
      box.textContent = t`What mends the text could not be loaded.`;
    }
  });
  return fold;
}

/** The mended `record`, `policy` or `tlsrpt` of a check, by an engine that mends. */
function mendedText(engine, source, { report, evidence }) {
  const bytes = source === 'policy' ? policyBytes(report, evidence) : new TextEncoder().encode(report[source].text[0]);
  const { text, report: left } = engine.fixAll(...told(engine, bytes, source));
  const errors = left.findings.filter(({ level }) => level === 'error').length;
  return [
    textBlock(text),
    errors ? element('p', { class: 'hint' }, single(errors) ? t`${errors} error is left that takes a person: see the findings.` : t`${errors} errors are left that take a person: see the findings.`) : '',
    source === 'policy' ? element('p', { class: 'hint' }, t`Then give the record a new id: only then senders look at a policy that they have in another form.`) : '',
  ];
}

/** The policy as it was received: its bytes may be no UTF-8. */
function policyBytes({ policy }, evidence) {
  const bodies = (evidence?.entries ?? []).filter(({ step, outcome }) => step.policy && outcome.http)
    .map(({ outcome }) => Uint8Array.from(atob(outcome.http.body), (c) => c.charCodeAt(0)));
  return bodies.find((bytes) => new TextDecoder().decode(bytes) === policy.body) ?? new TextEncoder().encode(policy.body);
}
