// Has the browser keep what drafts need without a network. Loaded when the page has all it needs itself.
import { settled } from './engine.js';
import { language } from './t.js';

/** The worker, which keeps what the page says in one language: another language is another worker. */
const worker = () => (language() === 'en' ? 'worker.js' : `worker.js?${language()}`);

/** Registers the worker. Its URL is the one script that the page names in a text, so it alone passes Trusted Types. */
export async function keep() {
  await settled(); // on a slow line an engine may still be on its way
  const policy = window.trustedTypes?.createPolicy('mta-sts-worker', { createScriptURL: worker });
  await navigator.serviceWorker.register(policy?.createScriptURL('') ?? worker());
}
