import assert from 'node:assert/strict';

import { accessible, desktop, phone, screenshot, visit } from '../harness/browser.mjs';
import { fund, registered } from './session.mjs';
import { until } from '../harness/outside.mjs';
import { password } from '../harness/player.mjs';
import { scenario } from '../harness/scenario.mjs';

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
    scenario(world, `every page is accessible and keeps its policy: ${look.name}`, async () => {
      const visitor = await visit(world.browser, world.platform.base, look);
      await inspect(visitor.page, publicPages, `visitor-${look.name}`);
      assert.deepEqual(visitor.complaints, []);
      await visitor.context.close();

      const { context, player, complaints } = await registered(world, look);
      await fund(world.platform, player, '40.00');
      await player.balanceBecomes('€40.00');
      await inspect(player.page, playerPages, `player-${look.name}`);
      await inspect(player.page, await pagesOfOne(player), `player-${look.name}`);
      await player.openGame();
      await screenshot(player.page, `player-${look.name}-game`);
      assert.deepEqual(await accessible(player.page), [], 'the game page with the game open');
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }

  scenario(world, 'a keyboard is enough', async () => {
    const { context, player } = await registered(world);
    const { page, t } = player;
    await player.logOut();
    await page.goto('/');
    await page.getByTestId('game-tile').first().waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
    await page.reload();
    await page.getByTestId('game-tile').first().waitFor();

    await tabTo(page, page.getByRole('banner').getByRole('link', { name: t('nav.logIn'), exact: true }));
    await page.keyboard.press('Enter');
    await tabTo(page, player.field('auth.email'));
    await page.keyboard.type(player.email);
    await tabTo(page, player.field('auth.password'));
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.getByTestId('balance').waitFor();

    const menu = player.button('nav.account');
    await tabTo(page, menu);
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: t('nav.settings') }).waitFor();
    await page.keyboard.press('Escape');
    await until('the focus to be back', () => menu.evaluate((e) => e === document.activeElement));
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: t('nav.security') }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account/**');

    await page.goto('/');
    await page.getByTestId('game-tile').first().waitFor();
    await tabTo(page, page.getByTestId('game-tile').first());
    assert.notEqual(await page.getByTestId('game-tile').first().evaluate((e) => getComputedStyle(e).outlineStyle), 'none', 'where the focus is can be seen');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/game/**');
    await context.close();
  });

  scenario(world, 'back, reload and a link from elsewhere lead to the same page', async () => {
    const { context, player, complaints } = await registered(world);
    const { page, t } = player;
    await page.getByRole('navigation', { name: t('nav.main') }).getByRole('link', { name: t('nav.wallet') }).click();
    await page.getByRole('heading', { name: t('wallet.title'), level: 1 }).waitFor();
    await page.getByRole('link', { name: t('nav.deposit') }).first().click();
    await page.getByRole('heading', { name: t('cashier.depositTitle'), level: 1 }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: t('cashier.depositTitle'), level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: t('wallet.title'), level: 1 }).waitFor();
    await page.goForward();
    await page.getByRole('heading', { name: t('cashier.depositTitle'), level: 1 }).waitFor();
    for (const path of playerPages) {
      const without = path === '/' ? path : path.replace(/\/$/, '');
      await page.goto(without);
      await settled(page);
      const heading = await page.locator('h1').first().innerText();
      await page.reload();
      await settled(page);
      assert.equal(await page.locator('h1').first().innerText(), heading, path);
    }
    // What does not exist, or is somebody else's, is said on the page.
    for (const [path, reason] of [
      ['/game/?id=nothing', 'GAME_NOT_FOUND'],
      ['/bets/round/?id=nothing', 'ROUND_NOT_FOUND'],
      ['/cashier/deposit/status/?deposit=nothing', 'DEPOSIT_NOT_FOUND'],
      ['/cashier/withdrawal/?id=nothing', 'WITHDRAWAL_NOT_FOUND'],
    ]) {
      await page.goto(path);
      await page.getByRole('alert').getByText(t(`error.${reason}`)).waitFor();
    }
    for (const path of ['/game/', '/bets/round/', '/cashier/deposit/status/', '/cashier/withdrawal/']) {
      await page.goto(path);
      await page.getByRole('alert').first().waitFor();
    }
    assert.deepEqual(complaints, []);
    await context.close();
  });

  for (const language of ['en', 'ru', 'ka']) {
    scenario(world, `no page is wider than a phone, and no button is cut off: ${language}`, async () => {
      const { context, player } = await registered(world, { size: phone });
      await player.page.evaluate((locale) => localStorage.setItem('pitboss.locale', locale), language);
      for (const path of playerPages) {
        await player.open(path);
        await settled(player.page);
        assert.equal(await player.page.locator('html').getAttribute('lang'), language);
        const { scroll, width } = await player.page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: window.innerWidth }));
        assert.ok(scroll <= width, `${path}: ${scroll} of ${width}`);
        assert.deepEqual(await player.page.evaluate(cutOff), [], path);
      }
      await context.close();
    });
  }
}

// cutOff runs in the page: the texts of links and buttons that leave the window or a box that hides what leaves it. A box that scrolls is none.
function cutOff() {
  const out = [];
  for (const control of document.querySelectorAll('main a, main button, header a, header button')) {
    const box = control.getBoundingClientRect();
    if (!box.width || control.closest('.sr-only') || getComputedStyle(control).position === 'absolute') continue;
    let edge = window.innerWidth;
    for (let around = control.parentElement; around; around = around.parentElement) {
      const overflow = getComputedStyle(around).overflowX;
      if (overflow === 'auto' || overflow === 'scroll') {
        edge = Infinity;
        break;
      }
      if (overflow === 'hidden' || overflow === 'clip') edge = Math.min(edge, around.getBoundingClientRect().right);
    }
    if (box.right > edge + 1) out.push(control.textContent);
  }
  return out;
}

// pagesOfOne are the pages of one round, one deposit and one withdrawal, which first have to be.
async function pagesOfOne(player) {
  const { page, platform } = player;
  await player.openGame();
  await player.spin();
  await player.setUpTotp();
  const token = await player.token();
  const { deposits } = await platform.call('GET', '/v1/deposits', undefined, token);
  const { withdrawal } = await platform.call('POST', '/v1/withdrawals', {
    requestId: crypto.randomUUID(), amount: { amount: '10.00', currency: 'EUR' }, destination: 'DESTINATION_KIND_BANK', bankAccount: { iban: 'DE89370400440532013000', holder: 'A Player' },
  }, token);
  await page.goto('/bets/');
  await page.getByTestId('bet').first().click();
  await page.waitForURL('**/bets/round/**');
  const { pathname, search } = new URL(page.url());
  return [pathname + search, `/cashier/deposit/status/?deposit=${deposits[0].depositId}`, `/cashier/withdrawal/?id=${withdrawal.withdrawalId}`];
}

async function inspect(page, paths, name) {
  for (const path of paths) {
    await page.goto(path);
    await settled(page);
    await screenshot(page, `${name}${path.replace(/\?.*/, '').replaceAll('/', '-').replace(/-$/, '')}`, { fullPage: true });
    assert.deepEqual(await accessible(page), [], path);
  }
}

// tabTo goes on with the tabulator until a control has the focus.
async function tabTo(page, control) {
  await control.waitFor();
  for (let i = 0; i < 80; i++) {
    if (await control.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`the keyboard does not reach ${control}`);
}

// settled waits until nothing is being loaded any more.
async function settled(page) {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.waitForFunction(() => document.querySelectorAll('[aria-busy=true], .skeleton').length === 0);
}
