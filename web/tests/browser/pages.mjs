import assert from 'node:assert/strict';
import test from 'node:test';

import { accessible, desktop, phone, screenshot, visit } from '../harness/browser.mjs';
import { fund, registered } from './session.mjs';

const publicPages = ['/', '/login/', '/register/', '/verify/', '/forgot-password/', '/reset-password/', '/nothing/'];
const playerPages = [
  '/', '/cashier/', '/cashier/deposit/', '/cashier/withdraw/', '/cashier/payments/', '/bets/', '/protection/', '/account/', '/account/security/', '/inbox/',
];
const looks = [
  { size: desktop, theme: 'dark', name: 'desktop-dark' },
  { size: phone, theme: 'light', name: 'phone-light' },
];

export function pages(world) {
  for (const look of looks) {
    test(`every page is accessible and keeps its policy: ${look.name}`, async () => {
      const visitor = await visit(world.browser, world.platform.base, look);
      await inspect(visitor.page, publicPages, `visitor-${look.name}`);
      assert.deepEqual(visitor.complaints, []);
      await visitor.context.close();

      const { context, player, complaints } = await registered(world, look);
      await fund(world.platform, player, '40.00');
      await player.balanceBecomes('€40.00');
      await inspect(player.page, playerPages, `player-${look.name}`);
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }

  test('a keyboard is enough', async () => {
    const { context, page } = await visit(world.browser, world.platform.base);
    await page.goto('/');
    await page.getByTestId('game-tile').first().waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
    await context.close();
  });

  test('no page is wider than a phone', async () => {
    const { context, player } = await registered(world, { size: phone });
    for (const path of playerPages) {
      await player.open(path);
      await settled(player.page);
      const { scroll, width } = await player.page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: window.innerWidth }));
      assert.ok(scroll <= width, `${path}: ${scroll} of ${width}`);
    }
    await context.close();
  });
}

async function inspect(page, paths, name) {
  for (const path of paths) {
    await page.goto(path);
    await settled(page);
    await screenshot(page, `${name}${path.replaceAll('/', '-').replace(/-$/, '')}`, { fullPage: true });
    assert.deepEqual(await accessible(page), [], path);
  }
}

// settled waits until nothing is being loaded any more.
async function settled(page) {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.waitForFunction(() => document.querySelectorAll('[aria-busy=true], .skeleton').length === 0);
}
