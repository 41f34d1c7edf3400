// Measures the script that a page's first load fetches, gzipped, and fails when the lobby's is over its budget. Chunks that are loaded on demand do not count.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const out = join(import.meta.dirname, '..', 'out');
// In bytes. Pages with forms, dialogs or charts may be heavier than the one that everybody sees first.
const budgets = { '/': 200_000, '/login/': 230_000, '/cashier/': 220_000, '/game/': 220_000 };

function weight(page) {
  const html = readFileSync(join(out, page, 'index.html'), 'utf8');
  // Browsers that know modules never fetch what is marked noModule.
  const scripts = [...html.matchAll(/<script\b[^>]*>/g)].map((m) => m[0]).filter((tag) => !/\bnoModule\b/i.test(tag));
  const files = new Set(scripts.map((tag) => /\bsrc="([^"]+)"/.exec(tag)?.[1]).filter(Boolean));
  const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map((m) => m[1]).join('');
  let bytes = gzipSync(inline).length;
  for (const file of files) bytes += gzipSync(readFileSync(join(out, file)), { level: 9 }).length;
  return bytes;
}

let over = false;
for (const [page, budget] of Object.entries(budgets)) {
  const bytes = weight(page);
  const verdict = bytes > budget ? 'OVER' : 'ok';
  over ||= bytes > budget;
  console.log(`${verdict.padEnd(5)}${page.padEnd(12)}${(bytes / 1000).toFixed(1).padStart(7)} KB of script, gzipped; at most ${budget / 1000} KB`);
}
process.exitCode = over ? 1 : 0;
