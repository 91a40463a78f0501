// Every state of every view, each with the way there: for what has to hold in all of them.
import { unfold } from './harness.mjs';
import { mixed, report } from './reports.mjs';

const BAD = 'version: STSv1\nmode: enforced\nmx: mx.example.com.\nmx: *.example.com\nmaxage: 604800\n';
const GOOD = 'version: STSv1\nmode: testing\nmx: mx1.enforce-good.zoo.test\nmax_age: 604800\n';

/** Waits until a check has come to this state. */
const stateIs = (page, ...states) => page.waitForFunction((wanted) => wanted.includes(document.documentElement.dataset.state), states, { timeout: 60_000 });

/** Checks a domain, to its end. */
async function checked(page, domain) {
  await page.evaluate((asked) => { location.hash = new URLSearchParams({ domain: asked }); }, domain);
  await page.waitForFunction((asked) => window.mtaSts?.report.domain === asked && document.documentElement.dataset.state === 'done', domain, { timeout: 60_000 });
}

/** Opens every reason. */
const askWhy = (page) => page.evaluate(() => {
  for (const button of document.querySelectorAll('main button[aria-expanded=false]')) if (button.checkVisibility()) button.click();
});

async function drafted(page, text) {
  await page.fill('#draft-text', text);
  await page.waitForSelector('#draft-result [data-valid]');
  await page.waitForSelector('#view-draft[data-mends]', { state: 'attached' });
}

/** Opens TLS reports, and waits until they are read. */
async function opened(page, files) {
  await page.waitForSelector('#reports-files', { state: 'attached' });
  await page.setInputFiles('#reports-files', Object.entries(files).map(([name, content]) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) })));
  await page.waitForFunction(() => document.querySelector('#reports-result > *') && !document.getElementById('reports-message').textContent);
}

/** One domain of the zoo for each thing a verdict can be. */
function verdicts({ domains }) {
  const of = new Map();
  for (const { domain, seconds, expect } of domains) {
    const verdict = expect.mx_lookup === 'null' ? 'no mail' : expect.delivery;
    if (!of.has(verdict) && seconds < 2 && (expect.errors.length || verdict !== 'refuse')) of.set(verdict, domain);
  }
  return [...of];
}

/**
 * The states, as `{ name, hash, reach, prepare }`: the address of the page, what leads on from there, and what has to be in place before.
 * `zoo` is the index of the zoo that is served.
 */
export function states(zoo) {
  const hold = (page) => page.route('**/v1/**', () => {}); // no answer ever comes
  const refuse = (page) => page.route('**/v1/**', (route) => route.abort());
  return [
    { name: 'check, empty' },
    { name: 'check, settings, examples and recent domains unfolded', reach: unfold },
    {
      name: 'check, another resolver, and settings that are wrong',
      async reach(page) {
        await unfold(page);
        await page.selectOption('#resolver', 'own');
        await page.fill('#resolver-url', 'not a resolver');
        await page.fill('#companion', 'ftp://x');
      },
    },
    {
      name: 'check, of what is no domain',
      async reach(page) {
        await page.fill('#domain', 'not a domain');
        await page.press('#domain', 'Enter');
        await page.waitForSelector('#domain-message.wrong');
      },
    },
    { name: 'check, running', hash: '#domain=enforce-good.zoo.test', prepare: hold, reach: (page) => page.waitForSelector('[data-stage=record][data-state=valid]') },
    {
      name: 'check, cancelled',
      hash: '#domain=enforce-good.zoo.test',
      prepare: hold,
      async reach(page) {
        await page.waitForSelector('[data-stage=record][data-state=valid]');
        await page.click('#cancel-button');
        await stateIs(page, 'cancelled');
      },
    },
    { name: 'check, failed', hash: '#domain=enforce-good.zoo.test', prepare: (page) => page.route('**/pkg/*', (route) => route.abort()), reach: (page) => stateIs(page, 'failed') },
    ...verdicts(zoo).flatMap(([verdict, domain]) => [
      { name: `check, done: ${verdict} (${domain})`, reach: (page) => checked(page, domain) },
      {
        name: `check, done: ${verdict}, everything unfolded`,
        async reach(page) {
          await checked(page, domain);
          await askWhy(page);
          await unfold(page);
          await page.waitForFunction(() => [...document.querySelectorAll('.finding .why:not([hidden])')].every((why) => why.textContent));
        },
      },
    ]),
    { name: 'check, done: without the companion', prepare: refuse, reach: (page) => checked(page, 'enforce-good.zoo.test') },
    { name: 'draft, empty', hash: '#draft' },
    { name: 'draft, right', hash: '#draft', reach: (page) => drafted(page, GOOD) },
    {
      name: 'draft, with faults, reasons and senders unfolded',
      hash: '#draft',
      async reach(page) {
        await drafted(page, BAD);
        await askWhy(page);
        await unfold(page);
        await page.keyboard.press('F8');
      },
    },
    {
      name: 'draft, against a domain',
      hash: '#draft',
      async reach(page) {
        await drafted(page, GOOD);
        await page.fill('#against-domain', 'enforce-good.zoo.test');
        await page.press('#against-domain', 'Enter');
        await page.waitForSelector('#against-result[data-domain]', { timeout: 60_000 });
        await unfold(page);
      },
    },
    {
      name: 'draft, of a link that is broken',
      hash: '#draft=zzzz',
      reach: (page) => page.waitForFunction(() => document.getElementById('draft-message').textContent),
    },
    { name: 'set up, empty', hash: '#setup' },
    {
      name: 'set up, of a host that is none',
      hash: '#setup',
      async reach(page) {
        await page.fill('#setup-hosts', 'mx..example.org');
        await page.waitForFunction(() => document.getElementById('setup-problem').textContent);
      },
    },
    {
      name: 'set up, of a domain, with a plan',
      hash: '#setup=testing-failing.zoo.test',
      async reach(page) {
        await page.waitForSelector('#plan:not([hidden])', { timeout: 60_000 });
        await page.selectOption('#plan-to', 'none');
        await unfold(page);
        await page.fill('#plan-bodies', 'version: STSv1\nmode: enforce\nmx: old.example.com\nmax_age: 31557600\n');
        await page.click('#plan-form button[type=submit]');
        await page.waitForSelector('.plan li');
      },
    },
    {
      name: 'set up, a step of a plan checked',
      hash: '#setup=no-record.zoo.test',
      async reach(page) {
        await page.waitForSelector('#plan:not([hidden])', { timeout: 60_000 });
        await page.click('#plan-form button[type=submit]');
        await page.waitForSelector('.plan li');
        await page.locator('.plan li button.small').last().click();
        await page.waitForFunction(() => [...document.querySelectorAll('.step-said')].some((said) => said.childElementCount), null, { timeout: 60_000 });
      },
    },
    { name: 'reports, empty', hash: '#reports', reach: (page) => page.waitForSelector('#reports-drop') },
    {
      name: 'reports, all well',
      hash: '#reports',
      reach: (page) => opened(page, { 'a.json': JSON.stringify(report({ organization: 'sender.example', domain: 'enforce-good.zoo.test', days: 2, successful: 5 })) }),
    },
    {
      name: 'reports, of what is none',
      hash: '#reports',
      reach: (page) => opened(page, { 'notes.txt': 'bring milk' }),
    },
    {
      name: 'reports, being read',
      hash: '#reports',
      prepare: (page) => page.addInitScript(() => {
        // A worker that says how far it is, and never ends.
        window.Worker = class extends EventTarget {
          postMessage({ id, ask }) {
            const tell = (data) => setTimeout(() => this.dispatchEvent(new MessageEvent('message', { data })));
            tell(ask === 'read' ? { progress: { done: 12_345, total: 50_000, count: 612 } } : { id, answer: undefined });
          }
        };
      }),
      async reach(page) {
        await page.waitForSelector('#reports-files', { state: 'attached' });
        await page.setInputFiles('#reports-files', { name: 'a.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
        await page.waitForSelector('#reports-progress button');
      },
    },
    {
      name: 'reports, with failures, checked and with everything unfolded',
      hash: '#reports',
      async reach(page) {
        await opened(page, mixed());
        await page.click('[data-result=certificate-expired] [data-live] button');
        await page.waitForSelector('[data-result=certificate-expired] .live-said a', { timeout: 60_000 });
        await page.click('#reports-safe-check');
        await page.waitForSelector('#reports-safe summary', { timeout: 60_000 });
        await unfold(page);
      },
    },
    {
      name: 'reports, with nothing left of what is chosen',
      hash: '#reports',
      async reach(page) {
        await opened(page, mixed());
        await page.selectOption('#reports-organization', '=Google Inc.');
        await page.waitForFunction(() => document.querySelectorAll('[data-result]').length === 1);
        await page.selectOption('#reports-domain', '=enforce-good.zoo.test');
        await page.waitForSelector('#reports-result [data-key=none]');
      },
    },
    { name: 'rules', hash: '#rules', reach: (page) => page.waitForSelector('#rule-policy-mode') },
    {
      name: 'rules, examples unfolded',
      hash: '#rule=policy-mode',
      async reach(page) {
        await page.waitForSelector('#rule-policy-mode');
        await page.evaluate(() => { for (const sample of [...document.querySelectorAll('#rule-list details')].slice(0, 8)) sample.open = true; });
      },
    },
    { name: 'rules, of a code that is none', hash: '#rule=none', reach: (page) => page.waitForFunction(() => document.getElementById('rule-message').textContent) },
  ];
}
