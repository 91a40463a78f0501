// What a screen reader says of a text that was linted.
import { single, t } from './t.js';

/** A report in a breath: whether senders can use the text, and how much there is to see. */
export function summaryOf({ kind, valid, findings }) {
  const [errors, warnings, notes] = ['error', 'warning', 'note'].map((level) => findings.filter((finding) => finding.level === level).length);
  const usable = {
    policy: valid ? t`A policy, usable` : t`A policy, not usable`,
    record: valid ? t`An MTA-STS record, usable` : t`An MTA-STS record, not usable`,
    tlsrpt: valid ? t`A TLSRPT record, usable` : t`A TLSRPT record, not usable`,
  }[kind];
  return [
    usable,
    errors && (single(errors) ? t`${errors} error` : t`${errors} errors`),
    warnings && (single(warnings) ? t`${warnings} warning` : t`${warnings} warnings`),
    notes && (single(notes) ? t`${notes} note` : t`${notes} notes`),
  ].filter(Boolean).join(', ');
}
