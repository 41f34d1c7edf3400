// Debian's Chromium, driven by Playwright.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { artifacts, noteVisit } from './scenario.mjs';

export const executable = process.env.PITBOSS_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const desktop = { viewport: { width: 1440, height: 900 } };
export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

export function launch() {
  return chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

// visit opens a fresh browser profile. Whatever the page complains about is kept: a test that ends with complaints has failed.
export async function visit(browser, base, { size = desktop, locale = 'en-GB', theme = 'dark' } = {}) {
  const context = await browser.newContext({ ...size, locale, colorScheme: theme, baseURL: base, timezoneId: 'Europe/Malta', reducedMotion: 'reduce' });
  // Waits are for conditions; how long one may take says something about the machine only.
  context.setDefaultTimeout(60_000);
  const complaints = [];
  noteVisit({ context, complaints });
  context.on('page', (page) => watch(page, complaints, base));
  const page = await context.newPage();
  return { context, page, complaints };
}

// Answers that the app expects are no complaint: nobody is logged in yet, a code was wrong, a bet was refused.
const expected = /the server responded with a status of (400|401|403|404|409|429|503)|net::ERR_INTERNET_DISCONNECTED|net::ERR_FAILED|net::ERR_ABORTED/;

function watch(page, complaints, base) {
  page.on('pageerror', (error) => {
    if (page.url().startsWith(base)) complaints.push(`${page.url()}: ${error}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && message.location().url.startsWith(base) && !expected.test(message.text())) complaints.push(`${page.url()}: ${message.text()}`);
  });
}

export async function screenshot(page, name, options = {}) {
  mkdirSync(artifacts, { recursive: true });
  await page.screenshot({ path: join(artifacts, `${name}.png`), animations: 'disabled', ...options });
}

// accessible answers what axe finds on a page, in words.
export async function accessible(page, { exclude = [] } = {}) {
  // The page's policy lets no script in from outside; what the debugger evaluates is not subject to it.
  await page.evaluate(axe);
  const found = await page.evaluate(
    (exclude) =>
      window.axe.run(
        { include: [['html']], exclude: exclude.map((e) => [e]) },
        { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }, iframes: false },
      ),
    exclude,
  );
  return found.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join('; ')})`);
}
