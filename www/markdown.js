// A check as Markdown, for a ticket. Strangers' text stands in code alone, so that nothing in it is markup.
import { capital } from './dom.js';
import { unseen } from './ending.js';
import { levelOf, sectionUrl } from './findings.js';
import { visible } from './raw.js';
import { STAGES, nameOf, stageOf } from './stages.js';
import { t } from './t.js';
import { isoTime } from './when.js';

/** Everything that somebody needs who mends it: verdict, stages, findings with their fixes, and what could not be seen. */
export function markdown({ report, evidence, state }, link) {
  const when = isoTime(evidence.now).replace(/:\d\d\.\d+Z/, 'Z');
  return [
    `## ${t`MTA-STS of ${report.domain}`}`,
    `**${marked(state === 'cancelled' ? t`The check of ${report.domain} was cancelled.` : report.summary)}**`,
    `${t`Seen at ${when}.`} ${t`Look again:`} <${link}>`,
    STAGES.map((id) => stageLine(report, id, state)).join('\n'),
    ...report.findings.length ? [`### ${t`What to change, and what to know`}`, report.findings.map(findingText).join('\n\n')] : [],
    ...unseenText({ report, state }),
  ].join('\n\n') + '\n';
}

function stageLine(report, id, state) {
  const { sign: [, sign], word, said } = stageOf(report, id, state);
  const hosts = id === 'hosts' ? report.mx.map(({ host, result, action }) => `\n  - ${code(host)}: ${code(result)}. ${marked(action.sentence)}`) : [];
  const place = placeOf(id, report.domain);
  return `- ${sign} ${nameOf(id)}${place && ` (${code(place)})`}: ${[word, id === 'hosts' ? said : said && code(said)].filter(Boolean).join(' ')}${hosts.join('')}`;
}

/** Where it is published. */
function placeOf(id, domain) {
  return { record: `_mta-sts.${domain}`, policy: `https://mta-sts.${domain}/.well-known/mta-sts.txt`, tlsrpt: `_smtp._tls.${domain}` }[id] ?? '';
}

function findingText({ level, title, message, fix, section, code: rule }, index) {
  const parts = [
    `${index + 1}. **${levelOf(level)[1]}: ${marked(capital(title))}** ([${section}](${sectionUrl(section)}), ${code(rule)})`,
    marked(capital(message)),
    fix && `${t`Fix:`} ${marked(fix)}`,
  ];
  return parts.filter(Boolean).join('\n\n   ');
}

function unseenText(now) {
  const all = unseen(now);
  if (!all.length) return [];
  return [`### ${t`What could not be seen`}`, all.map(({ what, why }) => `- ${code(what)}: ${marked(why)}`).join('\n')];
}

/** A sentence of the engine, whose names and values stand in backticks. */
function marked(text) {
  return text.split('`').map((part, index) => (index % 2 ? code(part) : part.replace(/[\\*_[\]<>|~#&@]|:(?=\S)/g, '\\$&').replace(/\s+/g, ' '))).join('');
}

/** A text as code, whatever is in it. */
function code(text) {
  const shown = visible(text);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return shown && `${fence}${pad}${shown}${pad}${fence}`;
}
