// What every view says of a text that was linted.
import { element, prose } from './dom.js';
import { single, t } from './t.js';

/** What an engine is told: the text, its kind, and what this browser makes of names outside ASCII. */
export function told(engine, bytes, kind) {
  const aLabels = {};
  for (const name of engine.namesIn(bytes, kind)) {
    try {
      aLabels[name] = new URL(`https://${name}`).hostname;
    } catch {
      // It has no A-label, and the engine says so.
    }
  }
  return [bytes, kind, { aLabels }];
}

/** Whether senders can use the text, in a sentence. */
export function sentence({ kind, valid, findings }) {
  const count = findings.filter(({ level }) => level === 'error').length;
  const errors = single(count) ? t`${count} error` : t`${count} errors`;
  const text = valid ? {
    policy: t`A policy that senders can use.`, record: t`An MTA-STS record that senders can use.`, tlsrpt: t`A TLSRPT record that senders can use.`,
  }[kind] : {
    policy: t`A sender that holds to RFC 8461 cannot use this policy: ${errors}.`,
    record: t`A sender that holds to RFC 8461 cannot use this MTA-STS record: ${errors}.`,
    tlsrpt: t`A sender that holds to RFC 8460 cannot use this TLSRPT record: ${errors}.`,
  }[kind];
  return element(
    'section',
    { class: `verdict ${valid ? 'good' : 'bad'}`, 'data-kind': kind, 'data-valid': valid ? 'true' : 'false' },
    element('span', { class: 'sign', 'aria-hidden': 'true' }, valid ? '✓' : '✕'),
    element('p', { class: 'sentence' }, text),
  );
}

/** What a paste was freed of before it was read. */
export function stripped(report) {
  return report.stripped && element('p', { class: 'hint stripped' }, prose(report.stripped));
}
