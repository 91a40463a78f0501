import type { MtaStsCheck, MtaStsLint } from './classes.js';

export { MtaStsCheck, MtaStsLint, type MtaStsCheckEventMap, type MtaStsLintEventMap } from './classes.js';

declare global {
  interface HTMLElementTagNameMap {
    'mta-sts-check': MtaStsCheck;
    'mta-sts-lint': MtaStsLint;
  }
}
