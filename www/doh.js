// Asking a resolver over HTTPS (RFC 8484). What is asked, and what an answer means, is the engine's; it knows the words in
// which is said here why there is none (src/heard.rs), as they are kept with what was seen.

/** Resolvers that browsers may ask, in the order in which they are tried where nobody chooses: name and URL. */
export const RESOLVERS = [
  ['Cloudflare', 'https://cloudflare-dns.com/dns-query'],
  ['Google', 'https://dns.google/dns-query'],
  ['DNS.SB', 'https://doh.dns.sb/dns-query'],
];
/** How long a resolver may take before the next is asked, in milliseconds. */
const TIMEOUT = 8_000;
/** Most octets of an answer: what a DNS message can have. */
const MOST = 65_535;

/** What asks for one check: each question once, whoever wants to know. */
export class Resolvers {
  #urls;
  #zoo;
  #signal;
  #first = 0;
  #asked = new Map();

  /** `resolvers` are URLs in the order in which they are tried; names below `zoo.suffix` are asked for at `zoo.resolver`. */
  constructor({ resolvers, zoo }, signal) {
    this.#urls = resolvers;
    this.#zoo = zoo;
    this.#signal = signal;
  }

  /** The answer to a DNS message that asks for `name`: `{ via, took_ms, message }`, or `{ took_ms, timeout }` or `{ took_ms, detail }` where there is none. */
  ask = (query, name) => {
    // A query always asks with the id 0, so it is its own name; answers can be cached (RFC 8484 §4.1).
    const key = btoa(String.fromCharCode(...query)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    if (!this.#asked.has(key)) this.#asked.set(key, this.#answer(key, name));
    return this.#asked.get(key);
  };

  async #answer(query, name) {
    const begun = performance.now();
    const done = (answer) => ({ ...answer, took_ms: Math.round(performance.now() - begun) });
    if (this.#zoo && name.endsWith(`.${this.#zoo.suffix}`)) {
      const answer = await this.#askOne(this.#zoo.resolver, query);
      return done(answer.message ? { ...answer, via: 'the zoo' } : answer);
    }
    const failed = [];
    let timeout = false;
    for (let turn = 0; turn < this.#urls.length && !this.#signal.aborted; turn += 1) {
      const index = (this.#first + turn) % this.#urls.length;
      const answer = await this.#askOne(this.#urls[index], query);
      if (answer.message) {
        this.#first = index; // the one that answered is kept to
        return done({ ...answer, via: this.#urls[index] });
      }
      timeout ||= answer.timeout; // silence says more: it may be for this one name
      failed.push(answer.detail);
    }
    return done(timeout ? { timeout } : { detail: failed.filter(Boolean).join('; ') || 'no resolver is chosen' });
  }

  async #askOne(url, query) {
    const host = new URL(url).host;
    const timeout = AbortSignal.timeout(TIMEOUT);
    try {
      // GET and this one header need no preflight.
      const response = await fetch(`${url}${url.includes('?') ? '&' : '?'}dns=${query}`, {
        headers: { accept: 'application/dns-message' },
        cache: 'no-store',
        credentials: 'omit',
        signal: AbortSignal.any([this.#signal, timeout]),
      });
      if (response.status !== 200) return { detail: `${host} answers with status ${response.status}` };
      const type = response.headers.get('content-type') ?? '';
      if (!/^application\/dns-message\b/i.test(type)) return { detail: `${host} does not answer as a resolver` };
      const message = await bodyOf(response);
      if (!message) return { detail: `${host} answers more than a DNS message can hold` };
      // A header, and in it the bit of an answer (RFC 1035 §4.1.1).
      return message.length > 11 && message[2] & 128 ? { message } : { detail: `${host} does not answer as a resolver` };
    } catch {
      return timeout.aborted ? { timeout: true } : { detail: `${host} does not answer` };
    }
  }
}

/** The body, or nothing where it is longer than a DNS message can be. */
async function bodyOf(response) {
  let body = new Uint8Array();
  const reader = response.body.getReader(); // Safari does not iterate over a stream
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return body;
    if (body.length + value.length > MOST) {
      await reader.cancel();
      return undefined;
    }
    const longer = new Uint8Array(body.length + value.length);
    longer.set(body);
    longer.set(value, body.length);
    body = longer;
  }
}
