// Defines <mta-sts-check>, once: where another version of it was loaded first, that one stays.
import { MtaStsCheck } from './check-element.js';
import { define } from './element.js';

define('mta-sts-check', MtaStsCheck);

export { MtaStsCheck };
