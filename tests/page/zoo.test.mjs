// Every domain of the zoo in a real browser: through the companion alone, and with policies fetched by
// the browser too. What a check must come to is the zoo's own data.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TIMEOUT, browse, check, eachOnPages, sameInTerminal, serve, serveWithTimeout } from './harness.mjs';

let server;
let zoo;
let slow;

before(async () => {
  server = await serve('--zoo');
  zoo = await (await fetch(`${server.url}/zoo.json`)).json();
  assert.ok(zoo.domains.length >= 24);
  // What takes longer than the companion waits here is checked by itself, with the patience everybody has.
  slow = zoo.domains.filter(({ seconds }) => seconds >= Number(TIMEOUT));
  // What nobody answers takes the longest, so it begins first.
  const waits = ({ domain }) => /silent|drip|slow|times-out|no-host/.test(domain);
  const quick = zoo.domains.filter((entry) => !slow.includes(entry));
  zoo.domains = [...quick.filter(waits), ...quick.filter((entry) => !waits(entry))];
  assert.ok(slow.length > 0);
});
after(() => server.stop());

/** The part of a report that the zoo says something about. */
function found(report, expect) {
  const codes = (level) => report.findings.filter((finding) => finding.level === level).map(({ code }) => code).sort();
  return {
    record: report.record.state,
    policy: report.policy.state,
    mx_lookup: report.mx_lookup,
    tlsrpt: report.tlsrpt.state,
    delivery: report.delivery,
    hosts: report.mx.map(({ host, matched, result, report: told }) => ({ host, matched, result, report: told })),
    errors: codes('error'),
    warnings: codes('warning'),
    beside: expect.beside && [report.beside.spf, report.beside.dmarc, report.beside.dkim].map(({ state }) => state),
    dane: expect.dane && [report.dane.delivery, report.mx.map(({ dane }) => dane.state)],
  };
}

function expected({ domain, expect }) {
  const full = (host) => (host === '' ? domain : host.endsWith('.') ? host.slice(0, -1) : `${host}.${domain}`);
  return {
    ...expect,
    hosts: expect.hosts.map((host) => ({ ...host, host: full(host.host) })),
    errors: [...expect.errors].sort(),
    warnings: [...expect.warnings].sort(),
  };
}

/** Whether the faults of a domain are in how its policy is fetched: only there it matters who fetches it. */
const isOfFetch = ({ domain }) => /^(policy-|delegated|enforce-good|nothing)/.test(domain);

/** Every one of these domains comes to what it must, and the page shows it; `also` is called with what comes of the check. */
async function everyDomain(browser, domains, { url } = server, also = undefined) {
  await eachOnPages(domains, { browser, url }, async (page, entry) => {
    const checked = check(page, entry.domain);
    const [{ report, shown }] = await Promise.all([checked, also?.(entry.domain, checked)]);
    assert.deepEqual(found(report, entry.expect), expected(entry), entry.domain);
    assert.equal(report.waiting, 0, entry.domain);
    assert.equal(shown.sentence, report.summary, entry.domain);
    // Those that came late stand behind their like, as nothing moves that is shown.
    assert.deepEqual([...shown.codes].sort(), report.findings.map(({ code }) => code).sort(), entry.domain);
    assert.deepEqual(
      shown.stages,
      { record: report.record.state, policy: report.policy.state, mx: report.mx_lookup, hosts: 'done', tlsrpt: report.tlsrpt.state },
      entry.domain,
    );
    assert.equal(shown.title, `${entry.domain} – MTA-STS checker`, 'nothing a stranger wrote ran');
  });
}

test('every domain, through the companion alone, with the evidence and the report of the terminal', { timeout: 900_000 }, async () => {
  const browser = await browse();
  try {
    await everyDomain(browser, zoo.domains, server, sameInTerminal);
  } finally {
    await browser.close();
  }
});

test('the slow domains, with the default timeout', { timeout: 300_000 }, async () => {
  const patient = await serveWithTimeout('30', '--zoo');
  const browser = await browse();
  try {
    await everyDomain(browser, slow, patient);
  } finally {
    await browser.close();
    patient.stop();
  }
});

// Most of their time is waiting, so they wait together.
describe('policies that the browser fetches', { concurrency: true }, () => {
  for (const cors of [true, false]) {
    test(`every domain whose policy is the matter, fetched by the browser too, ${cors ? 'with' : 'without'} CORS`, { timeout: 900_000 }, async () => {
      const browser = await browse({ zoo, cors });
      try {
        await everyDomain(browser, zoo.domains.filter(isOfFetch));
      } finally {
        await browser.close();
      }
    });

    test(`the browser alone, ${cors ? 'with' : 'without'} CORS: what it says of a policy is right`, { timeout: 900_000 }, async () => {
      const browser = await browse({ zoo, cors });
      const seen = { certain: 0, unseen: 0 };
      try {
        const domains = cors ? zoo.domains : zoo.domains.filter(isOfFetch);
        await eachOnPages(domains, { browser, url: server.url, prepare: withoutCompanion }, async (page, entry) => {
          const { report } = await check(page, entry.domain);
          const { policy, record, mx_lookup: mxLookup } = entry.expect;
          assert.equal(report.record.state, record, entry.domain);
          assert.equal(report.mx_lookup, mxLookup, entry.domain);
          assert.ok(report.mx.every((mx) => ['not-observed', 'connect-failed'].includes(mx.result)), entry.domain);
          if (report.policy.state === 'not-observed') seen.unseen += 1;
          else seen.certain += 1;
          // A browser unpacks a body before anybody can look: the one thing it gets wrong, by design.
          const unpacked = policy === 'fetch-error' && entry.expect.errors.includes('policy-coding');
          const right = ['not-observed', policy, unpacked && 'valid'];
          assert.ok(right.includes(report.policy.state), `${entry.domain}: ${report.policy.state}, not ${policy}`);
          if (cors && policy === 'valid') assert.equal(report.policy.state, 'valid', entry.domain);
        });
      } finally {
        await browser.close();
      }
      assert.ok(seen.unseen > 0, 'some policies cannot be seen from a browser');
      if (cors) assert.ok(seen.certain > 40, `${seen.certain} policies were seen`);
    });
  }
});

async function withoutCompanion(page) {
  await page.route('**/config.json', async (route) => {
    const { zoo: inZoo } = await (await route.fetch()).json();
    await route.fulfill({ json: { zoo: inZoo } });
  });
}
