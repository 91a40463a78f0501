// Wasm as a script carries it: packed with gzip, in base64. It is compiled as it is unpacked.

/** A response that is the module, as the engine's own scripts take it. */
function unpacked(text) {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream, { headers: { 'Content-Type': 'application/wasm' } });
}
