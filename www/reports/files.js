// The files that a reader drops, folders with everything in them.

/** Most files of a folder. */
const MOST = 100_000;

/** Whether it is one that a system keeps for itself: below the folder that was chosen, and no mail of a Maildir++. */
const hidden = (path) => path.split('/').slice(1).some((part) => part.startsWith('.')) && !/\/(cur|new)\/[^./][^/]*$/.test(path);

/** What was chosen in a field for files, as `[{ name, file }]`. What a system keeps for itself is left out of folders. */
export function chosenFiles(input) {
  const all = [...input.files].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
  return all.filter(({ name, file }) => !file.webkitRelativePath || !hidden(name));
}

/** What was dropped, in the order of the names in each folder. The transfer is gone after the event, so it is read at once. */
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ name: file.name, file }));
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  const name = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    if (hidden(name)) return;
    // What cannot be opened cannot be read either, which the reader says.
    const file = await new Promise((done) => { entry.file(done, () => done({ size: 0 })); });
    if (found.length < MOST) found.push({ name, file });
    return;
  }
  for (const inside of (await listed(entry)).sort((one, other) => (one.name < other.name ? -1 : 1))) {
    await walk(inside, found);
  }
}

/** What a folder has in it; browsers hand it out in parts. */
async function listed(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((done) => { reader.readEntries(done, () => done([])); });
    if (!some.length) return all;
    all.push(...some);
  }
}
