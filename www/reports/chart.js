// Sessions over time, drawn: those that succeeded stand on the line, those that failed hang below it, hatched, so that they are told
// apart without colour. What is drawn stands in a table behind.
import { element } from '../dom.js';
import { drawn } from '../update.js';
import { t } from '../t.js';
import { count, dayOf, monthOf, span } from './words.js';

/** From how many days on they are drawn week by week, and month by month. */
const MOST_DAYS = 92;
const MOST_WEEKS = 730;
const DAY = 86_400_000;
/** The drawing, in its own units; it is as wide as there is room. */
const [WIDTH, HEIGHT] = [1000, 160];
/** The least that something takes which is there at all. */
const LEAST = 3;

/** The first day of what a day is drawn with. */
const UNITS = {
  day: (time) => time,
  week: (time) => time - ((new Date(time).getUTCDay() + 6) % 7) * DAY,
  month: (time) => Date.UTC(new Date(time).getUTCFullYear(), new Date(time).getUTCMonth()),
};

/** The days, or weeks or months, from the first to the last, also those of which nothing is told. */
function periods(days) {
  const times = days.map(({ name }) => Date.parse(name));
  const [first, last] = [times[0], times.at(-1)];
  const length = (last - first) / DAY + 1;
  const unit = length > MOST_WEEKS ? 'month' : length > MOST_DAYS ? 'week' : 'day';
  const begin = UNITS[unit];
  const all = new Map();
  // A step of a day misses no week and no month.
  for (let time = begin(first); time <= last; time += DAY) {
    if (!all.has(begin(time))) all.set(begin(time), { time: begin(time), successful: 0, failed: 0, told: false });
  }
  for (const [index, { successful, failed }] of days.entries()) {
    const period = all.get(begin(times[index]));
    Object.assign(period, { successful: period.successful + successful, failed: period.failed + failed, told: true });
  }
  return { unit, all: [...all.values()] };
}

const nameOf = (unit, time) => (unit === 'month' ? monthOf(time) : unit === 'week' ? t`the week of ${dayOf(time)}` : dayOf(time));

/** The figure; nothing where no day is told of. */
export function dayChart(days) {
  if (!days.length) return undefined;
  const { unit, all } = periods(days);
  const title = { day: t`Sessions by day`, week: t`Sessions by week`, month: t`Sessions by month` }[unit];
  const most = (what) => Math.max(...all.map((period) => period[what]));
  const [up, down] = [most('successful'), most('failed')];
  // Both go by the same scale; what is there at all is seen.
  const scale = (HEIGHT - 2 * LEAST) / Math.max(up + down, 1);
  const high = (sessions) => (sessions ? Math.max(sessions * scale, LEAST) : 0);
  const line = up ? high(up) + 1 : 1;
  const step = WIDTH / all.length;
  const bars = all.flatMap(({ time, successful, failed }, index) => {
    const place = { x: index * step + step * 0.1, width: step * 0.8 };
    const told = drawn('title', {}, `${nameOf(unit, time)}: ${totals(successful, failed)}`);
    return [
      successful && drawn('rect', { class: 'succeeded', ...place, y: line - high(successful), height: high(successful) }, told.cloneNode(true)),
      failed && drawn('rect', { class: 'failed', ...place, y: line, height: high(failed) }, told),
    ];
  });
  const svg = drawn(
    'svg',
    { class: 'chart', role: 'img', 'aria-label': `${title}, ${span(days[0].name, days.at(-1).name)}. ${t`The figures stand in the table below.`}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' },
    hatch('chart-hatch'),
    drawn('g', {}, bars),
    drawn('line', { x1: 0, x2: WIDTH, y1: line, y2: line, class: 'axis' }),
  );
  return element(
    'figure',
    { class: 'by-day', 'data-key': 'chart' },
    element('figcaption', {}, element('h2', {}, title), legend()),
    svg,
    element('p', { class: 'hint ends', 'aria-hidden': 'true' }, element('span', {}, nameOf(unit, all[0].time)), element('span', {}, all.length > 1 && nameOf(unit, all.at(-1).time))),
    element(
      'details',
      { class: 'senders', 'data-key': 'days', 'data-print': true },
      element('summary', {}, t`As a table`),
      table(title, [{ day: t`Day`, week: t`Week of`, month: t`Month` }[unit], t`Succeeded`, t`Failed`], all.map(({ time, successful, failed, told }) => [
        unit === 'month' ? monthOf(time) : dayOf(time), ...told ? [count(successful), count(failed)] : [t`no report`, ''],
      ])),
    ),
  );
}

const totals = (successful, failed) => t`${count(successful)} succeeded, ${count(failed)} failed`;

/** What the two kinds of bars are. */
function legend() {
  const sample = (kind) => drawn('svg', { class: 'sample', viewBox: '0 0 14 14', 'aria-hidden': 'true' }, drawn('rect', { class: kind, width: 14, height: 14 }));
  return element('p', { class: 'hint legend' }, sample('succeeded'), ` ${t`succeeded`} `, sample('failed'), ` ${t`failed`}`);
}

/** The stripes of what failed. They are drawn in its colour, which style gives them. */
function hatch(id) {
  return drawn('defs', {}, drawn('pattern', { id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, drawn('rect', { class: 'ground', width: 6, height: 6 }), drawn('rect', { class: 'stripe', width: 3, height: 6 })));
}

/** How many of the sessions failed, as a bar beside what stands in figures. */
export function share(successful, failed, most) {
  const of = (sessions) => (most && sessions ? Math.max((sessions / most) * 100, 1) : 0);
  return drawn(
    'svg',
    { class: 'share', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    drawn('rect', { class: 'succeeded', width: of(successful), height: 10 }),
    drawn('rect', { class: 'failed', x: of(successful), width: of(failed), height: 10 }),
  );
}

/** A table whose first column names the rows. */
export function table(title, headings, rows) {
  return element(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': title, tabindex: 0 },
    element(
      'table',
      { class: 'figures' },
      element('thead', {}, element('tr', {}, headings.map((heading) => (heading ? element('th', { scope: 'col' }, heading) : element('td'))))),
      element('tbody', {}, rows.map(([name, ...cells]) => element('tr', {}, element('th', { scope: 'row' }, name), cells.map((cell, index) => cellOf(cell, headings[index + 1]))))),
    ),
  );
}

/** A cell with text in it, which is broken into lines; what is in the others is not. */
export const words = (text) => ({ text });

function cellOf(cell, heading) {
  const label = cell !== '' && heading;
  return cell.text ? element('td', { class: 'text', 'data-label': label }, cell.text) : element('td', { 'data-label': label }, cell);
}
