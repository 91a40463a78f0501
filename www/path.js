// The way of a message, drawn: from the sender by record and policy to each mail host, and where it ends. The same is said
// in the label and in the list of stages below.
import { drawn } from './update.js';
import { nameOf, stageOf } from './stages.js';
import { t } from './t.js';
import { endOfTheWay, hostOnTheWay } from './way.js';

/** From this width on there is room to go from left to right. */
const WIDE = 720;
/** How many rows there are for mail hosts: from left to right, and from top to bottom. */
const ROWS = { wide: 3, tall: 2 };
/** About how many pixels a letter takes: of a name in bold, of a word, of a host's name. */
const LETTER = { title: 7.4, word: 6.2, mono: 7 };
/** The worst first. */
const STYLES = ['bad', 'running', 'note', 'doubt', 'good'];

/** The drawing at a width; `go` is called with the stage that is pressed. Its height is that of the width, whatever there is to show. */
export function pathOf(report, state, width, go) {
  const wide = width >= WIDE;
  const way = wayOf(report, state, wide ? ROWS.wide : ROWS.tall);
  const { boxes, edges, height } = wide ? across(way, width) : down(way, width);
  return drawn(
    'svg',
    { class: 'path', role: 'img', 'aria-label': way.label, viewBox: `0 0 ${width} ${height}`, height, 'data-end': way.end.style },
    edges.map(edge),
    boxes.map((one) => box(one, wide, go)),
  );
}

/** What there is to draw. */
function wayOf(report, state, rows) {
  const stage = (id) => {
    const { sign: [style, sign], word, said, state: known } = stageOf(report, id, state);
    return { stage: id, key: id, style, sign, title: nameOf(id), word: word || said, known };
  };
  const [record, policy] = ['record', 'policy'].map(stage);
  if (policy.known === 'valid') policy.word = t`mode ${report.policy.mode}`;
  const all = (report.mx ?? []).map((host, index) => {
    const { sign: [style, sign], word } = hostOnTheWay(host, report, state);
    return { stage: 'hosts', key: `host ${index}`, style, sign, title: host.host, word, mono: true, flows: flowOf(host, style) };
  });
  const hosts = all.length ? folded(all, rows) : [{ ...stage('mx'), flows: 'off' }];
  const { sign: [style, sign], word, more } = endOfTheWay(report, state);
  const end = { stage: 'hosts', key: 'end', style, sign, title: word, word: more };
  const label = t`A message to ${report.domain}: the record: ${record.word}; the policy: ${policy.word}; the mail hosts: ${hosts.map((host) => `${host.title}: ${host.word}`).join(', ')}. In the end: ${[word, more].filter(Boolean).join(', ')}.`;
  return { record, policy, hosts, end, label };
}

/** How mail goes on from a host: as it is delivered there, not at all, or nobody knows. */
function flowOf({ action }, style) {
  return ['next-host', 'defer'].includes(action?.does) ? 'bad' : style;
}

/** As many hosts as there are rows; of more than that the last row tells in one. */
function folded(all, rows) {
  if (all.length <= rows) return all;
  const rest = all.slice(rows - 1);
  const worst = STYLES.find((style) => rest.some((host) => host.style === style));
  const counted = rest.filter((host) => host.style === worst);
  const words = [...new Set(counted.map((host) => host.word))].join(', ');
  const word = counted.length === rest.length ? words : t`${counted.length} of them: ${words}`;
  const flows = STYLES.findLast((style) => rest.some((host) => host.flows === style));
  return [...all.slice(0, rows - 1), { stage: 'hosts', key: 'more', style: worst, sign: counted[0].sign, title: t`and ${rest.length} more`, word, flows }];
}

/** From left to right. */
function across({ record, policy, hosts, end }, width) {
  const row = 40;
  const height = ROWS.wide * row + (ROWS.wide - 1) * 8 + 2;
  const gap = width * 0.038;
  const sender = 24 + t`Sender`.length * LETTER.title;
  const [text, host, last] = [0.225, 0.315, 0.235].map((part) => part * (width - sender - 4 * gap - 2));
  const middle = height / 2;
  const at = (one, x, w, h = 46, y = middle) => ({ ...one, x, y: y - h / 2, w, h });
  const start = at({ key: 'sender', style: 'plain', title: t`Sender` }, 1, sender, 34);
  const first = at(record, start.x + sender + gap, text);
  const second = at(policy, first.x + text + gap, text);
  const column = second.x + text + gap;
  const step = row + 8;
  const many = hosts.map((one, index) => at(one, column, host, row, middle + (index - (hosts.length - 1) / 2) * step));
  const final = at(end, column + host + gap, last);
  const edges = [
    line('sender', start, first, 'plain'),
    line('record', first, second, record.style === 'good' ? 'good' : 'off'),
    ...many.map((one) => line(`to ${one.key}`, second, one, one.style)),
    ...many.map((one) => line(`from ${one.key}`, one, final, one.flows)),
  ];
  return { boxes: [start, first, second, ...many, final], edges, height };
}

/** A line from the right side of a box to the left side of another; where no mail goes on it ends in between. */
function line(key, from, to, style) {
  const [x, y] = [from.x + from.w, from.y + from.h / 2];
  const [right, below] = [to.x, to.y + to.h / 2];
  const half = (x + right) / 2;
  if (style === 'bad' && key.startsWith('from')) return { key, style, d: `M${x},${y}H${half - 4}`, tip: cross(half, y) };
  return { key, style, d: `M${x},${y}C${half},${y} ${half},${below} ${right - 2},${below}`, tip: `M${right - 7},${below - 4}l5,4l-5,4` };
}

/** From top to bottom; mail comes to the hosts on their left and leaves them on their right. */
function down({ record, policy, hosts, end }, width) {
  const [h, gap, indent] = [34, 14, 22];
  const at = (one, y, x = 1, w = width - 2) => ({ ...one, x, y, w, h });
  const start = at({ key: 'sender', style: 'plain', title: t`Sender` }, 1);
  const first = at(record, start.y + h + gap);
  const second = at(policy, first.y + h + gap);
  const top = second.y + h + gap;
  const room = ROWS.tall * h + (ROWS.tall - 1) * 6;
  const used = hosts.length * h + (hosts.length - 1) * 6;
  const many = hosts.map((one, index) => at(one, top + (room - used) / 2 + index * (h + 6), indent, width - 2 * indent));
  const final = at(end, top + room + gap);
  const straight = (key, from, to, style) => ({ key, style, d: `M18,${from.y + h}V${to.y - 2}`, tip: `M14,${to.y - 7}l4,5l4,-5` });
  const edges = [
    straight('sender', start, first, 'plain'),
    straight('record', first, second, record.style === 'good' ? 'good' : 'off'),
    ...many.map((one) => {
      const y = one.y + h / 2;
      return { key: `to ${one.key}`, style: one.style, d: `M8,${second.y + h}V${y}H${indent - 2}`, tip: `M${indent - 7},${y - 4}l5,4l-5,4` };
    }),
    ...many.map((one) => {
      const [x, y] = [width - indent, one.y + h / 2];
      if (one.flows === 'bad') return { key: `from ${one.key}`, style: 'bad', d: `M${x},${y}h7`, tip: cross(x + 11, y) };
      return { key: `from ${one.key}`, style: one.flows, d: `M${x},${y}H${width - 8}V${final.y - 2}`, tip: `M${width - 12},${final.y - 7}l4,5l4,-5` };
    }),
  ];
  return { boxes: [start, first, second, ...many, final], edges, height: final.y + h + 1 };
}

const cross = (x, y) => `M${x - 4},${y - 4}l8,8M${x - 4},${y + 4}l8,-8`;

function edge({ key, style, d, tip }) {
  return drawn('g', { class: `edge ${style}`, 'data-key': `edge ${key}` }, drawn('path', { d }), drawn('path', { class: 'tip', d: tip }));
}

/** A box: from left to right its two lines stand one below the other, from top to bottom side by side. */
function box({ stage, key, style, sign, title, word = '', mono, x, y, w, h }, wide, go) {
  const left = sign ? x + 30 : x + 12;
  const letter = mono ? LETTER.mono : LETTER.title;
  const room = x + w - 8 - left;
  const beside = wide ? 0 : Math.min(word.length * LETTER.word + 8, Math.max(room - title.length * letter, room / 2));
  const middle = y + h / 2;
  const two = wide && word;
  return drawn(
    'g',
    { class: `node ${style}`, 'data-key': key, 'data-node': stage, onclick: stage && (() => go(stage)) },
    drawn('title', {}, [title, word].filter(Boolean).join(': ')),
    drawn('rect', { x, y, width: w, height: h, rx: 8 }),
    sign && drawn('text', { class: 'sign', x: x + 17, y: middle + 5 }, sign),
    drawn('text', { class: mono ? 'title mono' : 'title', x: left, y: two ? middle - 3 : middle + 4 }, cut(title, (room - beside) / letter)),
    word && drawn('text', wide ? { class: 'word', x: left, y: middle + 13 } : { class: 'word aside', x: x + w - 10, y: middle + 4 }, cut(word, (wide ? room : beside) / LETTER.word)),
  );
}

/** A text with at most so many letters; the whole one is in the title. */
function cut(text, most) {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, Math.max(1, Math.floor(most) - 1)).join('')}…`;
}
