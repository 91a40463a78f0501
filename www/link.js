// A draft in a link: in the fragment alone, which no browser sends. `z` and the deflated bytes, in base64url.
import { capital } from './dom.js';
import { t } from './t.js';

const byId = (id) => document.getElementById(id);

/** Most bytes a link may carry: as much as a policy may have. */
const LIMIT = 65_536;
/** Most characters a link of that many bytes can have. */
const LONGEST = 90_000;

async function through(transform, bytes, limit) {
  const reader = new Blob([bytes]).stream().pipeThrough(transform).getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    length += value.length;
    if (length > limit) {
      reader.cancel();
      throw new Error(t`the draft in this link is larger than 64 KiB`);
    }
    parts.push(value);
  }
}

/** The fragment of a link to a draft. */
async function pack(bytes, kind) {
  if (bytes.length > LIMIT) throw new Error(t`a draft of more than 64 KiB does not go into a link`);
  const packed = await through(new CompressionStream('deflate-raw'), bytes, Infinity);
  let binary = '';
  for (const byte of packed) binary += String.fromCharCode(byte);
  const text = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  return `#${new URLSearchParams(kind ? { draft: `z${text}`, kind } : { draft: `z${text}` })}`;
}

/** The bytes of the draft in a link; throws a sentence where there are none. */
async function unpack(text) {
  if (text.length > LONGEST) throw new Error(t`the draft in this link is larger than 64 KiB`);
  if (!/^z[\w-]*$/.test(text)) throw new Error(t`this link does not hold a draft that can be read`);
  let packed;
  try {
    packed = Uint8Array.from(atob(text.slice(1).replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch {
    throw new Error(t`this link was cut off or changed on its way`);
  }
  try {
    return await through(new DecompressionStream('deflate-raw'), packed, LIMIT);
  } catch (error) {
    throw error instanceof TypeError ? new Error(t`this link was cut off or changed on its way`) : error;
  }
}

/** The bytes of the draft in a link; nothing where there are none, which `say` is told. */
export async function open(text, say) {
  try {
    return await unpack(text);
  } catch (error) {
    say(`${capital(error.message)}.`, true);
    return undefined;
  }
}

/** Copies a link to a draft, or shows it where the browser does not let it be copied. */
export async function copy(bytes, kind, say) {
  const button = byId('draft-link');
  try {
    const url = location.href.replace(/#.*$/, '') + await pack(bytes, kind);
    byId('draft-link-text').value = url;
    await navigator.clipboard.writeText(url);
    byId('draft-link-row').hidden = true;
    button.textContent = t`Copied`;
    setTimeout(() => { button.textContent = t`Copy link`; }, 1500);
    say(t`The link is copied. Whoever opens it sees the draft; no server does.`);
  } catch (error) {
    if (error.name === 'NotAllowedError' || !navigator.clipboard) {
      byId('draft-link-row').hidden = false;
      byId('draft-link-text').focus();
      byId('draft-link-text').select();
    } else {
      say(`${capital(error.message)}.`, true);
    }
  }
}
