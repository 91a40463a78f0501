// The elements as classes: nothing is defined by loading this.
export { MtaStsCheck } from './check-element.js';
export { MtaStsLint } from './lint-element.js';
