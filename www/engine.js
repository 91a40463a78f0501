// The only file that knows how the engine was packed: once for linting, and once with everything.
const ready = {};

function load(name, packed) {
  ready[name] ??= packed().then(async (engine) => {
    await engine.default();
    return engine;
  }).catch((error) => {
    ready[name] = undefined; // tried again the next time
    throw error;
  });
  return ready[name];
}

/** What lints a text. */
export function lintEngine() {
  return load('lint', () => import('./pkg-lint/mta_sts.js'));
}

/** What checks a domain, and lints. */
export function checkEngine() {
  return load('check', () => import('./pkg/mta_sts.js'));
}
