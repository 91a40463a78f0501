// Style that not every view needs at once.
const loading = {};

/** Loads style sheets, each once; resolves when they are there, or cannot be had: plain is better than nothing. */
export function styled(...names) {
  return Promise.all(names.map((name) => (loading[name] ??= new Promise((loaded) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = name;
    link.onload = loaded;
    link.onerror = loaded;
    document.head.append(link);
  }))));
}
