// Puts every file of the page beside itself as browsers take it: smaller by gzip and by Brotli. For servers that send what is
// there (nginx: gzip_static, brotli_static), and for the companion, which has them inside.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const PACKED = /\.(gz|br)$/;
/** Less than this fits in one packet either way. */
const SMALL = 1000;

const www = process.argv[2];
for (const entry of readdirSync(www, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  if (!entry.isFile() || PACKED.test(file)) continue;
  const bytes = readFileSync(file);
  const forms = {
    gz: () => gzipSync(bytes, { level: 9 }),
    br: () => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  };
  for (const [extension, pack] of Object.entries(forms)) {
    const packed = bytes.length >= SMALL && pack();
    // Always written anew: what is older than its file is not taken for it.
    if (packed && packed.length < bytes.length) writeFileSync(`${file}.${extension}`, packed);
    else rmSync(`${file}.${extension}`, { force: true });
  }
}
