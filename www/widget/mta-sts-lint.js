// Defines <mta-sts-lint>, once: where another version of it was loaded first, that one stays.
import { define } from './element.js';
import { MtaStsLint } from './lint-element.js';

define('mta-sts-lint', MtaStsLint);

export { MtaStsLint };
