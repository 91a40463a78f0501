// The field a draft stands in: a text area, and behind it a layer that draws what a text area cannot.
// The layer holds the same text in the same font at the same width, so that both wrap alike.
import { element } from './dom.js';

/** What cannot be seen, or changes how its neighbours are shown: as `src/visible.rs` has it. */
const UNSEEN = /[\0-\x09\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|[ \t]+$/gu;
const SIGNS = { ' ': '·', '\t': '→', '\xa0': '⍽', '\0': 'NUL', '\x07': 'BEL', '\x1b': 'ESC', '\x7f': 'DEL', '\x85': 'NEL', '\ufeff': 'BOM', '\u200b': 'ZWSP', '\u200c': 'ZWNJ', '\u200d': 'ZWJ', '\u00ad': 'SHY', '\u2028': 'LS', '\u2029': 'PS' };
/** A space of some kind: a sign has room on it. */
const WIDE = /[^\S\u2028\u2029\ufeff]/;
/** Most names in one tag. */
const MOST_NAMES = 4;
const RANKS = ['error', 'warning', 'note'];
const LINES = /\r\n|\r|\n/g;

/** A sign for a character; its code point in hex where it has none. */
function sign(c) {
  return SIGNS[c] ?? c.codePointAt(0).toString(16).toUpperCase().padStart(2, '0');
}

/** Makes the field in `area` live; `changed` is called after every change of its text. */
export function editor(area, layer, changed) {
  /** The file that the text came from: its bytes count as long as nobody has changed the text. */
  let file;
  let drawn = [];
  let marks = [];
  /** The finding that was gone to last, until the selection or the text changes. */
  let chosen;

  /** Another text, or other bytes of it: what was chosen is not there any more. */
  const altered = () => {
    chosen = undefined;
    changed();
  };

  const isFile = () => file !== undefined && !file.changed && area.value === file.shown;

  /** Where the carriage returns stand in the text as a decoder shows it. */
  const returns = () => (isFile() ? file.returns : file?.crlf ? wrapped(area.value) : []);

  /** A place in the text as a decoder shows it, as a place in the field. */
  function place([start, end], bytes) {
    const mark = area.value.startsWith('\ufeff') ? 1 : 0;
    const before = returns();
    const at = (offset) => offset + mark - countUpTo(before, offset);
    return [mark && bytes[0] === 0 ? 0 : at(start), at(end)];
  }

  /** The text before the last edit that the browser itself cannot undo, and after it. */
  let big;
  area.addEventListener('keydown', (event) => {
    const undo = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'z';
    if (!undo || !big || area.value !== big.after) return;
    event.preventDefault();
    area.value = big.before;
    big = undefined;
    area.dispatchEvent(new InputEvent('input', { inputType: 'historyUndo' }));
  });

  area.addEventListener('input', (event) => {
    // An undo that leads back to the file's text leads back to its bytes.
    if (file) file.changed = event.inputType !== 'historyUndo' && area.value === file.shown ? file.changed : false;
    altered();
  });

  return {
    /** Takes up a file. */
    load(bytes) {
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
      const ends = text.match(LINES) ?? [];
      const pairs = ends.filter((end) => end === '\r\n').length;
      const shown = text.replace(LINES, '\n');
      const mark = text.startsWith('\ufeff') ? 1 : 0;
      file = {
        bytes, shown, ends, changed: false,
        crlf: pairs * 2 > ends.length,
        returns: [...text.matchAll(/\r\n/g)].map(({ index }) => index + 1 - mark),
        lossy: text.includes('\ufffd') && new TextEncoder().encode(text).length !== bytes.length,
      };
      area.value = shown;
      altered();
    },

    /** The bytes to lint. */
    bytes() {
      if (isFile()) return file.bytes;
      return new TextEncoder().encode(file?.crlf ? area.value.replaceAll('\n', '\r\n') : area.value);
    },

    /** What is not seen of the text: how lines end, whether bytes were lost. */
    about() {
      const ends = isFile() ? new Set(file.ends) : new Set(area.value.includes('\n') ? [file?.crlf ? '\r\n' : '\n'] : []);
      const names = { '\n': 'LF', '\r\n': 'CRLF', '\r': 'CR' };
      return {
        lines: area.value ? area.value.split('\n').length - (area.value.endsWith('\n') ? 1 : 0) : 0,
        ends: [...ends].map((end) => names[end]),
        fromFile: isFile(),
        lost: Boolean(file?.lossy) && !isFile() && area.value.includes('\ufffd'),
      };
    },

    /** Draws the text with its findings underlined. */
    draw(findings) {
      marks = findings.map((finding) => {
        if (!finding.at) return undefined;
        const [start, end] = place(finding.at.utf16, finding.at.bytes);
        return { start, end, level: finding.level };
      });
      let offset = 0;
      const ends = isFile() ? file.ends : [];
      const wanted = area.value.split('\n').map((text, index) => {
        const from = offset;
        offset += text.length + 1;
        const here = marks.flatMap((mark, id) => (mark && touches(mark, from, text.length)
          ? [{ id, level: mark.level, start: Math.max(0, mark.start - from), end: Math.min(text.length, mark.end - from) }] : []));
        const end = ends[index] ?? (file?.crlf && offset <= area.value.length ? '\r\n' : '\n');
        return { text, end, marks: here, key: JSON.stringify([text, end, here]) };
      });
      redraw(layer, drawn, wanted);
      drawn = wanted;
    },

    /** The finding that is chosen, or those whose place the caret stands in. */
    atCaret() {
      const [caret, end] = [area.selectionStart, area.selectionEnd];
      if (marks[chosen]?.start !== caret || marks[chosen].end !== end) chosen = undefined;
      if (chosen !== undefined) return [chosen];
      return marks.flatMap((mark, id) => (mark && mark.start <= caret && caret <= mark.end ? [id] : []));
    },

    /** The finding that was gone to, as long as the caret stands where that put it. */
    chosen: () => chosen,

    /** The finding to go to from the chosen one, or from the caret: by 1 the next in the text, by -1 the one before. */
    next(by) {
      this.atCaret();
      const places = marks.flatMap((mark, id) => (mark ? [{ ...mark, id }] : [])).sort((a, b) => a.start - b.start || a.end - b.end);
      const index = chosen !== undefined ? places.findIndex(({ id }) => id === chosen) + by
        // What starts at the caret was not gone to yet, whichever way it goes.
        : places.filter(({ start }) => start < area.selectionStart + (by < 0)).length - (by < 0);
      return places.at(index % places.length)?.id;
    },

    /** Lights some findings up, by number. */
    light(ids) {
      for (const lit of layer.querySelectorAll('.lit')) lit.classList.remove('lit');
      for (const id of ids) for (const part of layer.querySelectorAll(`[data-marks~="${id}"]`)) part.classList.add('lit');
    },

    /** Scrolls the field, and nothing else, to where a finding stands. */
    reveal(id) {
      const part = layer.querySelector(`[data-marks~="${id}"]`);
      if (!part) return;
      const frame = layer.parentElement;
      const [inner, outer] = [part.getBoundingClientRect(), frame.getBoundingClientRect()];
      if (inner.top < outer.top || inner.bottom > outer.bottom) frame.scrollTop += inner.top - outer.top - outer.height / 3;
    },

    /** Chooses a finding, and selects where it stands: a place without width takes the caret alone. */
    select(id) {
      const mark = marks[id];
      if (!mark) return;
      area.focus();
      area.setSelectionRange(mark.start, mark.end);
      chosen = id;
      this.reveal(id);
    },

    /** Makes an edit, so that undo takes it back. */
    apply({ utf16, bytes, replacement }) {
      const [start, end] = place(utf16, bytes);
      const before = area.value;
      if (!replace(area, start, end, replacement.replace(LINES, '\n'))) big = { before, after: area.value };
      if (file && area.value === file.shown) {
        file.changed = true; // only line ends differ, which the field does not hold
        altered();
      }
    },

    /** Puts another text in place of the whole, so that undo takes it back. */
    applyAll(text) {
      const [before, after] = [area.value, text.replace(LINES, '\n')];
      let [start, end] = [0, 0];
      while (start < before.length && before[start] === after[start]) start += 1;
      const most = Math.min(before.length, after.length) - start;
      while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
      if (file && !text.includes('\r')) file.crlf = false;
      if (before === after) {
        if (file) file.changed = true;
        altered();
      } else {
        if (!replace(area, start, before.length - end, after.slice(start, after.length - end))) big = { before, after };
      }
    },

    /** Forgets the file: what is typed next is a text of its own. */
    forget() {
      file = undefined;
    },
  };
}

/** Whether a mark stands in a line; the line end belongs to it. A mark without width stands in one line. */
function touches({ start, end }, from, length) {
  return start <= from + length && (end > from || start === end && start === from);
}

function wrapped(text) {
  const found = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) found.push(at + found.length + 1);
  return text.startsWith('\ufeff') ? found.map((at) => at - 1) : found;
}

/** How many of these ascending numbers are `limit` or below. */
function countUpTo(numbers, limit) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Most line ends put in at once with the browser's own undo: the time grows with their square. */
const MAX_LINES = 100;

/** `execCommand` is the one way that leaves undo in place; says whether it was. The text changes in any case. */
function replace(area, start, end, text) {
  area.focus();
  area.setSelectionRange(start, end);
  const done = text.split('\n').length <= MAX_LINES && (text ? document.execCommand('insertText', false, text) : start === end || document.execCommand('delete'));
  if (done) return true;
  area.setRangeText(text, start, end, 'end');
  area.dispatchEvent(new InputEvent('input'));
  return false;
}

/** Makes the layer show `wanted`, and leaves the lines alone that are as they were. */
function redraw(layer, drawn, wanted) {
  let [start, end] = [0, 0];
  const most = Math.min(drawn.length, wanted.length);
  while (start < most && drawn[start].key === wanted[start].key) start += 1;
  while (end < most - start && drawn[drawn.length - 1 - end].key === wanted[wanted.length - 1 - end].key) end += 1;
  const old = [...layer.children].slice(start, drawn.length - end);
  const made = wanted.slice(start, wanted.length - end).map(drawLine);
  const behind = layer.children[drawn.length - end] ?? null;
  for (const line of old) line.remove();
  const fresh = document.createDocumentFragment();
  fresh.append(...made);
  layer.insertBefore(fresh, behind);
  // A tag reaches over the wider side of its line. All are measured before the first is changed.
  const tags = made.flatMap((line) => [...line.querySelectorAll('.thin[data-sign]')]);
  const late = tags.filter((tag) => tag.offsetLeft * 2 > layer.clientWidth);
  for (const tag of late) tag.classList.add('late');
}

function drawLine({ text, end, marks }) {
  const cuts = [...new Set([0, text.length, ...marks.flatMap((mark) => [mark.start, mark.end])])].sort((a, b) => a - b);
  const parts = [];
  const point = (at) => {
    const here = marks.filter((mark) => mark.start === mark.end && mark.start === at);
    if (here.length) parts.push(marked(text ? 'point' : 'point blank', here));
  };
  const signs = [...text.matchAll(UNSEEN)];
  nameThin(signs);
  cuts.forEach((from, index) => {
    point(from);
    const to = cuts[index + 1];
    if (to === undefined || to === from) return;
    const here = marks.filter((mark) => mark.start <= from && mark.end >= to);
    const shown = runs(text, from, to, signs);
    if (here.length) parts.push(marked('under', here, shown));
    else parts.push(...shown);
  });
  if (end !== '\n') parts.push(element('i', { class: `unseen end${end === '\r' ? ' bare' : ''}`, 'data-sign': 'CR' }));
  return element('div', { class: 'line' }, parts.length ? parts : element('br'));
}

function marked(style, marks, children = []) {
  const level = RANKS.find((rank) => marks.some((mark) => mark.level === rank));
  return element('span', { class: `${style} ${level}`, 'data-marks': marks.map(({ id }) => id).join(' ') }, children);
}

/** Names what has no room for a sign. Where the next tag would lie on one, that one counts its name as well. */
function nameThin(signs) {
  let tag;
  for (const found of signs) {
    const [c] = found;
    if (WIDE.test(c)) continue;
    if (!(found.index <= tag?.until)) tag = found.tag = { names: new Map(), until: found.index };
    const { names } = tag;
    const name = names.has(sign(c)) || names.size < MOST_NAMES ? sign(c) : '…';
    const count = names.get(name) ?? 0;
    names.set(name, count + 1);
    // The letters of a tag are smaller than those of the text, so this is room to either side. What is named
    // takes none itself.
    tag.until += count ? 1 : name.length + 3;
  }
}

/** A piece of a line: its text, with what cannot be seen as elements that carry a sign. */
function runs(text, from, to, signs) {
  const parts = [];
  let at = from;
  for (const { 0: found, index, tag } of signs) {
    if (index >= to || index + found.length <= from) continue;
    const start = Math.max(index, from);
    if (start > at) parts.push(text.slice(at, start));
    at = Math.min(index + found.length, to);
    for (const c of text.slice(start, at)) {
      const shown = sign(c);
      parts.push(WIDE.test(c) ? element('i', { class: 'unseen', 'data-sign': shown.length > 1 ? '⍽' : shown }, c)
        : element('i', { class: 'unseen thin', 'data-sign': tag && Array.from(tag.names, ([name, count]) => (count > 1 ? `${name}×${count}` : name)).join(' ') }, c));
    }
  }
  if (at < to) parts.push(text.slice(at, to));
  return parts;
}
