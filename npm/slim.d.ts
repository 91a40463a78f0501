import type { CheckOptions, LintOptions } from './index.js';
import type { Against, Checked, Evidence, Fixed, LintReport, ReadDomain, SenderReading } from './types.js';

/** Wasm in any of the forms that a host has it in: a module, its bytes, an answer that holds it, or where it is. */
export type Wasm = WebAssembly.Module | BufferSource | Response | URL | string | Promise<WebAssembly.Module | BufferSource | Response | URL | string>;

/** What lints; see the functions of the same names in `mta-sts`. */
export interface Linter {
  lint(text: string | Uint8Array, options?: LintOptions & { senders?: boolean }): LintReport;
  fixAll(text: string | Uint8Array, options?: LintOptions): Fixed;
  senders(text: string | Uint8Array, options?: LintOptions): SenderReading[];
}

/** What lints and checks. */
export interface Engine extends Linter {
  readDomain(typed: string): ReadDomain;
  check(domain: string, options?: CheckOptions): Promise<Checked>;
  replay(evidence: Evidence): Checked;
  draftAgainst(evidence: Evidence, text: string | Uint8Array, options?: LintOptions): Against;
}

/** Starts the whole engine with `mta-sts/engine.wasm`. */
export function startEngine(wasm: Wasm): Promise<Engine>;

/** Starts the linter with `mta-sts/lint.wasm`, which is a third of that. */
export function startLinter(wasm: Wasm): Promise<Linter>;
