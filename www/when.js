// When something was seen, and by whom.
import { language } from './t.js';

/** A time in seconds since 1970, written in a way; as a number where it is one that no calendar has. */
function written(seconds, way) {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? String(seconds) : way(time);
}

/** The reader's own kind of the language that is spoken: there are several ways to write a date in English. */
export const locale = () => navigator.languages.find((wish) => wish.split('-')[0] === language()) ?? language();

/** A time as the reader writes it, and as machines do. */
export const timeOf = (seconds, options) => written(seconds, (time) => new Intl.DateTimeFormat(locale(), options).format(time));
export const isoTime = (seconds) => written(seconds, (time) => time.toISOString());

/** A resolver or a companion in a few words. */
export function resolverName(via) {
  // A saved check can name anything.
  return /^https?:/.test(via) && URL.canParse(via) ? new URL(via).host : via.replace(/[^\x20-\x7e]/g, '�').slice(0, 60);
}
