// The page's worker: drafts can be looked at without a network, after the first visit. The network always comes first, so
// a new release shows on the next load. What is kept is one release, whole, and only for when there is no network. Nothing
// else that the page asks for passes through here: no other origin, no companion, no resolver, no config.json.
// `cargo xtask page` builds worker.js of it, and fills in RELEASE and KEPT: the files by their paths, with their hashes; those of
// another language under its name. Of these the one is kept that the worker's address names.

/** Pages in other folders of this origin keep theirs beside it. */
const MINE = `mta-sts ${registration.scope} `;
const CACHE = MINE + RELEASE + location.search;
const FILES = { ...KEPT.en, ...KEPT[location.search.slice(1)] };

addEventListener('install', (event) => {
  // An open page needs nothing of the worker before: at most it asks for a file, which the network gives it.
  skipWaiting();
  event.waitUntil(keep());
});

/** Keeps the whole release, or nothing: a file with another hash is of another release, and the next visit tries again. */
async function keep() {
  const files = Object.entries(FILES).map(([path, integrity]) => new Request(path, { integrity, cache: 'no-cache', priority: 'low' }));
  try {
    await (await caches.open(CACHE)).addAll(files);
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

addEventListener('activate', (event) => {
  event.waitUntil(forget((name) => name !== CACHE));
});

/** Deletes what was kept here, as far as it is `unwanted`. */
async function forget(unwanted) {
  const names = (await caches.keys()).filter((name) => name.startsWith(MINE) && unwanted(name));
  await Promise.all(names.map((name) => caches.delete(name)));
}

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || !url.href.startsWith(registration.scope)) return;
  const path = url.origin === location.origin && url.pathname.slice(new URL(registration.scope).pathname.length) || 'index.html';
  if (Object.hasOwn(FILES, path)) event.respondWith(answer(request, path));
});

async function answer(request, path) {
  const view = request.mode === 'navigate';
  let given;
  try {
    given = await fetch(request);
    if (given.ok || given.type === 'opaqueredirect') return given;
  } catch {
    given = Response.error(); // no network
  }
  if (view && [404, 410].includes(given.status)) {
    // The page was taken down, and so is its worker.
    await registration.unregister();
    await forget(() => true);
    return given;
  }
  // A page that is open while a new release arrives may still ask for a file of the old one.
  return await (await caches.open(CACHE)).match(path) ?? given;
}
