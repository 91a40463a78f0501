// Numbers, days and names in TLS reports, as the reader writes them.
import { t } from '../t.js';
import { locale } from '../when.js';

/** What was made for a locale: to make one takes longer than everything else that a row of a table needs. */
const known = new Map();
function made(Format, options) {
  const key = JSON.stringify([Format.name, locale(), options]);
  if (!known.has(key)) known.set(key, new Format(locale(), options));
  return known.get(key);
}

export const count = (number) => made(Intl.NumberFormat).format(number);
/** A share of all, with as many digits as tell it from none and from all. */
export function percent(part, all) {
  return made(Intl.NumberFormat, { style: 'percent', maximumSignificantDigits: 2 }).format(part / all);
}

const dates = (options) => made(Intl.DateTimeFormat, { timeZone: 'UTC', ...options });
/** A day of a report, which is one of UTC (RFC 8460 §4.1): as `2026-11-22` or in milliseconds since 1970. */
export const dayOf = (day) => dates({ dateStyle: 'medium' }).format(new Date(day));
export const monthOf = (day) => dates({ month: 'long', year: 'numeric' }).format(new Date(day));
/** From a day to another one. */
export const span = (first, last) => (first === last ? dayOf(first) : dates({ dateStyle: 'medium' }).formatRange(new Date(first), new Date(last)));

/** A sender, who may not have said who it is. */
export const senderName = (name) => name || t`(no name)`;
