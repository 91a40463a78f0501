// The engine without its wasm, for bundlers and Workers that bring that themselves.
import startCheck, * as check from '../www/pkg/mta_sts.js';
import startLint, * as lint from '../www/pkg-mend/mta_sts.js';
import { checker, linter } from './api.js';

/** Starts the whole engine with `mta-sts/engine.wasm`. */
export async function startEngine(wasm) {
  await startCheck({ module_or_path: wasm });
  return checker(check);
}

/** Starts the linter with `mta-sts/lint.wasm`, which is a third of that. */
export async function startLinter(wasm) {
  await startLint({ module_or_path: wasm });
  return linter(lint);
}
