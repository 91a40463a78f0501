// The text that findings stand in, with every edit that is sure to be right: what exactly to publish.
import { textBlock } from './blocks.js';
import { element } from './dom.js';
import { single, t } from './t.js';

/** The mended `record`, `policy` or `tlsrpt` of a check, by an engine that mends. */
export function mendedText(engine, source, { report, evidence }) {
  const bytes = source === 'policy' ? policyBytes(report, evidence) : new TextEncoder().encode(report[source].text[0]);
  const { text, report: left } = engine.fixAll(bytes, source, { aLabels: aLabels(engine.namesIn(bytes, source)) });
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

/** What this browser makes of names outside ASCII. */
function aLabels(names) {
  return Object.fromEntries(names.flatMap((name) => {
    try {
      return [[name, new URL(`https://${name}`).hostname]];
    } catch {
      return []; // it has no A-label, and the engine says so
    }
  }));
}
