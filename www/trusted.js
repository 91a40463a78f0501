// The scripts that the page names in a text: its two workers. Nothing else passes Trusted Types.

/** What keeps files for when there is no network, in a language, and what reads TLS reports. */
const WORKERS = /^(worker\.js(\?\w\w)?|pkg-page\/reader\.js)$/;

const policy = window.trustedTypes?.createPolicy('mta-sts-worker', {
  createScriptURL(url) {
    if (!WORKERS.test(url)) throw new TypeError(url);
    return url;
  },
});

/** The URL of a worker, as a browser takes it. */
export const trusted = (url) => policy?.createScriptURL(url) ?? url;
