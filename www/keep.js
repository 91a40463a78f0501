// Has the browser keep what drafts need without a network. Loaded when the page has all it needs itself.
import { settled } from './engine.js';
import { language } from './t.js';
import { trusted } from './trusted.js';

/** Registers the worker, which keeps what the page says in one language: another language is another worker. */
export async function keep() {
  await settled(); // on a slow line an engine may still be on its way
  await navigator.serviceWorker.register(trusted(language() === 'en' ? 'worker.js' : `worker.js?${language()}`));
}
