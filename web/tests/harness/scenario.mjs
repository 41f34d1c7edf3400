// A test that leaves behind what is needed to understand its failure, and no open page in any case.
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

export const artifacts = join(import.meta.dirname, '..', 'artifacts');
const running = new AsyncLocalStorage();

// noteVisit makes a browser profile part of the test that opened it.
export const noteVisit = (visit) => running.getStore()?.push(visit);

// scenario is a test of node:test. When it fails, artifacts/failed-<name> has a picture of every page that was open, what the pages complained about and
// the end of the platform's log.
export function scenario(world, name, body) {
  return test(name, () => {
    const visits = [];
    return running.run(visits, async () => {
      try {
        await body();
      } catch (error) {
        await keep(world, name, visits, error);
        throw error;
      } finally {
        await Promise.all(visits.map((v) => v.context.close().catch(() => {})));
      }
    });
  });
}

async function keep(world, name, visits, error) {
  const stem = `failed-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 80)}`;
  mkdirSync(artifacts, { recursive: true });
  const lines = [String(error?.stack ?? error), ''];
  let n = 0;
  for (const { context, complaints } of visits) {
    for (const page of context.pages()) {
      const path = join(artifacts, `${stem}-${++n}.png`);
      const taken = await page.screenshot({ path, timeout: 10_000, animations: 'disabled' }).then(() => path, (e) => `no picture: ${e.message}`);
      lines.push(`page ${n}: ${page.url()}\n  ${taken}`);
      lines.push((await page.locator('body').innerText({ timeout: 5_000 }).catch(() => '')).replace(/^/gm, '  | '));
    }
    if (complaints.length > 0) lines.push('complaints:', ...complaints.map((c) => `  ${c}`));
  }
  lines.push('', 'the end of the platform’s log:', world.platform?.tail(300) ?? '');
  const report = join(artifacts, `${stem}.txt`);
  writeFileSync(report, lines.join('\n'));
  console.error(`what the failure of "${name}" looked like: ${report}`);
}
