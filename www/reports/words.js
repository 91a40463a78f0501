// Numbers, days and names in TLS reports, as the reader writes them.
import { t } from '../t.js';
import { locale } from '../when.js';

export const count = (number) => new Intl.NumberFormat(locale()).format(number);
/** A share of all, with as many digits as tell it from none and from all. */
export function percent(part, all) {
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumSignificantDigits: 2 }).format(part / all);
}

const dates = (options) => new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', ...options });
/** A day of a report, which is one of UTC (RFC 8460 §4.1): as `2026-11-22` or in milliseconds since 1970. */
export const dayOf = (day) => dates({ dateStyle: 'medium' }).format(new Date(day));
export const monthOf = (day) => dates({ month: 'long', year: 'numeric' }).format(new Date(day));
/** From a day to another one. */
export const span = (first, last) => (first === last ? dayOf(first) : dates({ dateStyle: 'medium' }).formatRange(new Date(first), new Date(last)));

/** A sender, who may not have said who it is. */
export const senderName = (name) => name || t`(no name)`;
