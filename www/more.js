// What is shown of a result beside its first findings: loaded together, when the first of it is needed.
export { endingOf, nothingToChange, whoWasAsked } from './ending.js';
export { insideOf } from './inside.js';
export { mendedFold } from './mended.js';
export { pathOf } from './path.js';
export { unfoldForPrint } from './print.js';
