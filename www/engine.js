// The only file that knows how the engine was packed.
import init, { check, lint, readDomain } from './pkg/mta_sts.js';

let ready;

/** Loads the engine once, and gives its functions. */
export function engine() {
  ready ??= init().then(() => ({ check, lint, readDomain }));
  return ready;
}
