// What is shown of a check once it is over: what could not be seen, what is next, and what others make of it.
import { besideFold } from './beside.js';
import { commandLine } from './blocks.js';
import { element, prose } from './dom.js';
import { othersFold } from './others.js';
import { readyFold } from './ready.js';
import { isOpen, nameOf, stepsOf } from './stages.js';
import { mixed, t } from './t.js';
import { resolverName, timeOf } from './when.js';

/** How many things are named that were not seen for the same reason. */
const FEW = 6;

/** The end of a result. `link` gives addresses, `open` goes to a stage. */
export function endingOf(now, { link, open }) {
  const { report, state } = now;
  if (state === 'cancelled') return [unseenPart(now, open)];
  return [
    wayOut(report),
    unseenPart(now, open),
    nextStep(report, link),
    besideFold(now, stepsOf(report, 'beside')),
    readyFold(report),
    othersFold(report),
    again(report, link),
  ];
}

/** On paper the address to look again at. */
function again({ domain }, link) {
  const to = link('domain', domain);
  return to && element('p', { class: 'on-paper' }, t`Look again at ${new URL(to, document.baseURI).href}`);
}

/** What has mail delivered again before the fault is found. */
function wayOut({ delivery, policy, record, mx_lookup: lookup }) {
  if (delivery !== 'refuse' || policy.mode !== 'enforce' || record.state !== 'valid' || !['found', 'implicit'].includes(lookup)) return undefined;
  return element('p', { class: 'way-out' }, mixed`Where that takes time: serve the policy with ${element('code', {}, 'mode: testing')}, and then change the id of the record. Senders that fetch it deliver again, and report.`);
}

/** Where to make what is missing. */
function nextStep({ domain, mx_lookup: mx, delivery, policy, record }, link) {
  const to = link('setup', domain);
  if (!to || mx === 'null' || delivery === 'unknown') return undefined;
  const published = delivery === 'deliver' && policy.state === 'valid' && record.state === 'valid';
  return element('p', { class: 'next' }, element('a', { href: to }, published ? t`Plan a change for ${domain}` : t`What to publish for ${domain}, and in which order`));
}

/** What nobody could look at, and why: never a fault of the domain. */
function unseenPart(now, open) {
  const groups = [...Map.groupBy(unseen(now), ({ why }) => why)];
  if (!groups.length) return undefined;
  return element(
    'section',
    { class: 'unseen-part' },
    element('h2', {}, t`What could not be seen`),
    element('ul', {}, groups.map(([why, all]) => element(
      'li',
      {},
      element('span', { class: 'sign note', 'aria-hidden': 'true' }, '?'),
      element(
        'div',
        { class: 'links' },
        all.slice(0, FEW).map(({ what, stage }) => element('button', { type: 'button', class: 'link', onclick: () => open(stage) }, what)),
        all.length > FEW ? t`and ${all.length - FEW} more` : '',
      ),
      element('p', {}, prose(why)),
    ))),
    missesCompanion(now.report) && [element('p', {}, t`A browser cannot talk to mail servers, and no companion was there to ask. In a terminal, this sees everything:`), commandLine(now.command)],
  );
}

function missesCompanion({ policy, mx = [] }) {
  const reasons = [policy, ...mx.flatMap(({ addresses = [] }) => addresses)].map((part) => part?.reason);
  return reasons.some((reason) => ['no-companion', 'browser-cannot-tell', 'unreachable'].includes(reason));
}

/** Each thing that was not seen: what, of which stage, and why in a sentence. */
export function unseen(now) {
  const { report, state } = now;
  if (state === 'cancelled') {
    return ['record', 'policy', 'mx', 'hosts', 'tlsrpt'].filter((id) => isOpen(report, id)).map((id) => ({ stage: id, what: nameOf(id), why: t`It was not waited for, as the check was cancelled.` }));
  }
  const said = (stage, is = () => true) => {
    const seen = stepsOf(report, stage).filter(({ step }) => is(step)).flatMap((step) => step.seen);
    return sentence(seen.at(-1)?.text);
  };
  const all = [];
  const add = (stage, what, why) => all.push({ stage, what, why });
  if (report.record.state === 'not-observed') add('record', nameOf('record'), said('record'));
  if (report.policy.state === 'not-observed') add('policy', nameOf('policy'), said('policy', ({ policy }) => policy));
  if (report.mx_lookup === 'not-observed') add('mx', nameOf('mx'), said('mx'));
  for (const { address, reason } of report.policy.addresses ?? []) {
    if (reason) add('policy', address, reasonWhy(reason) ?? said('policy', (step) => step['policy-address']?.address === address));
  }
  for (const { host, result, reason, addresses } of report.mx) {
    const unseenAddresses = addresses.filter((address) => address.reason);
    if (reason === 'skipped') add('hosts', host, reasonWhy(reason));
    else if (result === 'not-observed' && !unseenAddresses.length) add('hosts', host, said('hosts', ({ dns }) => dns?.name === host));
    for (const { address, reason: why } of unseenAddresses) {
      add('hosts', addresses.length > 1 ? `${host} (${address})` : host, reasonWhy(why) ?? said('hosts', ({ smtp }) => smtp?.host === host && smtp.address === address));
    }
  }
  if (report.tlsrpt.state === 'not-observed') add('tlsrpt', nameOf('tlsrpt'), said('tlsrpt'));
  return [...all, ...notByTheBrowser(report)];
}

/** The browser's own fetch of the policy, where it failed and the companion's did not. */
function notByTheBrowser(report) {
  const seen = stepsOf(report, 'policy').filter(({ step }) => step.policy).flatMap((step) => step.seen);
  const [mine, theirs] = ['browser', 'companion'].map((witness) => seen.find(({ by }) => by === witness));
  if (!mine || !theirs || report.policy.state === 'not-observed' || /^\d/.test(mine.text)) return [];
  return [{ stage: 'policy', what: t`Policy, by your browser itself`, why: `${sentence(mine.text)} ${t`The companion fetched it, and what it saw counts.`}` }];
}

/** Why something was left out on purpose. */
function reasonWhy(reason) {
  return { skipped: t`There are more of them than are looked at.` }[reason];
}

/** What a witness said, as a sentence. */
function sentence(text = t`nobody has looked`) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** When, and by whom, for what is shown with every result. */
export function whoWasAsked({ report, evidence, companion }) {
  const when = evidence && timeOf(evidence.now, { dateStyle: 'medium', timeStyle: 'short' });
  const seen = report.steps.flatMap((step) => step.seen);
  const resolvers = [...new Set(seen.map(({ via }) => via && resolverName(via)).filter(Boolean))].join(', ') || t`nobody`;
  const asked = seen.some(({ by }) => by === 'companion');
  if (asked && !companion) return t`Seen on ${when}: DNS by ${resolvers}, mail servers by a companion`;
  return asked ? t`Seen on ${when}: DNS by ${resolvers}, mail servers by the companion at ${resolverName(companion)}`
    : t`Seen on ${when}: DNS by ${resolvers}, without a companion`;
}

/** Where MTA-STS is right, what stands beside it may not be. */
export function nothingToChange({ beside }) {
  const broken = ['spf', 'dmarc', 'dkim'].filter((name) => beside?.[name].state === 'broken').map((name) => name.toUpperCase());
  return broken.length ? t`MTA-STS: nothing to change. But ${broken.join(', ')}: broken, see below.` : t`Nothing to change.`;
}
