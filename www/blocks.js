// Texts to take along: by a button that copies, or as a file.
import { element } from './dom.js';
import { t } from './t.js';

/** A button that copies a text, or what `text` makes when it is pressed. */
export function copyButton(text, label = t`Copy`) {
  const copy = async ({ currentTarget: button }) => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : await text());
      button.textContent = t`Copied`;
    } catch {
      button.textContent = t`Not allowed`;
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  };
  return element('button', { type: 'button', class: 'quiet small copy', onclick: copy }, label);
}

/** A command with a button that copies it. */
export function commandLine(command) {
  return element('div', { class: 'command' }, element('code', {}, command), copyButton(command));
}

/** Lines to publish, with a button that copies them. */
export function textBlock(text) {
  return element('div', { class: 'command block' }, element('pre', { tabindex: 0 }, text), copyButton(text));
}

/** Where something was read; what is an address there is a link. */
export function sourced(source) {
  const parts = source.split(/(https:\/\/[^\s;,)]+)/);
  return element('span', {}, parts.map((part, index) => (index % 2 ? element('a', { href: part, rel: 'noopener' }, part) : part)));
}

/** Gives a file to the reader. */
export function download(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  element('a', { href: url, download: name }).click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
