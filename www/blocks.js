// Texts to take along: by a button that copies, or as a file.
import { element } from './dom.js';

/** A button that copies a text. */
function copyButton(text) {
  const button = element('button', { type: 'button', class: 'quiet small' }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not allowed';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  return button;
}

/** A command with a button that copies it. */
export function commandLine(command) {
  return element('div', { class: 'command' }, element('code', {}, command), copyButton(command));
}

/** Lines to publish, with a button that copies them. */
export function textBlock(text) {
  return element('div', { class: 'command block' }, element('pre', { tabindex: 0 }, text), copyButton(text));
}

/** Gives a file to the reader. */
export function download(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  element('a', { href: url, download: name }).click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
