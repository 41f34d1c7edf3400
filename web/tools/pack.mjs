// Puts the exported app where the gateway's binary embeds it, with each text compressed beforehand: Brotli and gzip at their strongest, which a server
// could not afford on every request.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const from = join(import.meta.dirname, '..', 'out');
const to = join(import.meta.dirname, '..', '..', 'gateway', 'web', 'app');
const texts = new Set(['.html', '.js', '.css', '.txt', '.svg', '.json']);

rmSync(to, { recursive: true, force: true });
cpSync(from, to, { recursive: true });

let files = 0;
let bytes = 0;
for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  const body = readFileSync(path);
  files++;
  bytes += body.length;
  if (!texts.has(extname(path)) || body.length < 512) continue;
  for (const [ending, packed] of [
    ['.br', brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } })],
    ['.gz', gzipSync(body, { level: 9 })],
  ]) {
    if (packed.length < body.length) writeFileSync(path + ending, packed);
  }
}
console.log(`${files} files of the web app, ${(bytes / 1e6).toFixed(1)} MB before compression`);
