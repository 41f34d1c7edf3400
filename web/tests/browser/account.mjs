import assert from 'node:assert/strict';

import { screenshot, visit } from '../harness/browser.mjs';
import { until } from '../harness/outside.mjs';
import { password, Player, translatorOf } from '../harness/player.mjs';
import { scenario } from '../harness/scenario.mjs';
import { fund, registered } from './session.mjs';

export function account(world) {
  scenario(world, 'the second factor is turned off, with a fresh code, and withdrawals then ask for a new one', async () => {
    const { context, player, complaints } = await registered(world);
    const { page, t } = player;
    await player.setUpTotp();
    const stale = { code: 16, message: '', details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'STEP_UP_REQUIRED', domain: 'pitboss', metadata: {} }] };
    let asked = 0;
    await page.route('**/v1/me/totp:disable', (route) => (asked++ === 0 ? route.fulfill({ status: 401, json: stale }) : route.continue()));
    const dialog = page.getByRole('dialog', { name: t('security.totpDisableTitle') });
    await player.button('security.totpDisable').click();
    await dialog.getByRole('button', { name: t('common.cancel') }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(asked, 0);
    await player.button('security.totpDisable').click();
    await dialog.getByRole('button', { name: t('security.totpDisable') }).click();
    await player.confirmStepUp();
    await page.getByText(t('security.totpDisabled')).waitFor();
    await player.button('security.totpStart').waitFor();
    assert.equal(await dialog.count(), 0);
    await fund(player.platform, { ...player, token: () => passwordToken(player) }, '40.00');
    await player.open('/cashier/withdraw/');
    await page.getByText(t('cashier.needsFactor')).waitFor();
    await player.logOut();
    delete player.app;
    await player.open('/login/');
    await player.logIn();
    await page.getByTestId('balance').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  scenario(world, 'a password is changed: the old one is needed, a weak one refused, other sessions end', async () => {
    const { context, player, complaints } = await registered(world);
    const { page, t } = player;
    const other = await elsewhere(world, player);
    await player.open('/account/security/');
    const change = async (current, next) => {
      await player.field('security.passwordCurrent').fill(current);
      await player.field('security.passwordNew').fill(next);
      await player.button('security.passwordChange').click();
    };
    const said = (key) => page.getByRole('alert').getByText(t(key), { exact: true }).waitFor();
    await change('', 'another good sentence');
    await said('form.passwordRequired');
    await change(password, 'short');
    await said('form.passwordShort');
    await change('not the password', 'another good sentence');
    await said('security.passwordWrong');
    await change(password, 'password123');
    await said('error.PASSWORD_WEAK_common');
    await change(password, 'another good sentence');
    await page.getByText(t('security.passwordChanged', { count: 1 })).waitFor();
    await screenshot(page, 'password-changed');
    await isLoggedOut(other, player);
    await player.logOut();
    await player.open('/login/');
    await player.logIn();
    await page.getByRole('alert').getByText(t('error.CREDENTIALS_INVALID')).waitFor();
    await player.field('auth.password').fill('another good sentence');
    await page.getByRole('main').getByRole('button', { name: t('nav.logIn'), exact: true }).click();
    await page.getByTestId('balance').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  scenario(world, 'another session is ended, and is then logged out', async () => {
    const { context, player, complaints } = await registered(world);
    const { page, t } = player;
    const other = await elsewhere(world, player);
    await player.open('/account/security/');
    const rows = page.getByTestId('sessions').getByRole('listitem');
    await until('both sessions', async () => (await rows.count()) === 2);
    await rows.filter({ hasText: t('security.sessionHere') }).waitFor();
    await rows.getByRole('button').click();
    await page.getByText(t('security.sessionEnded')).waitFor();
    await until('one session', async () => (await rows.count()) === 1);
    assert.equal(await page.getByRole('button', { name: t('security.sessionsEndOthers') }).count(), 0);
    await isLoggedOut(other, player);
    await page.reload();
    await rows.first().waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  scenario(world, 'what a player is told about is a choice that is kept and followed', async () => {
    const { context, player, complaints } = await registered(world);
    const { page, t, platform } = player;
    const box = (category, way) => page.getByRole('checkbox', { name: `${t(`account.notify${category}`)}: ${t(way)}`, exact: true });
    await player.open('/account/');
    await box('SECURITY', 'account.notifyMail').waitFor();
    assert.ok(await box('SECURITY', 'account.notifyMail').isDisabled());
    assert.ok(await box('PAYMENTS', 'account.notifyMail').isChecked());
    const kept = page.waitForResponse((r) => r.url().endsWith('/notification-preferences') && r.request().method() === 'PUT');
    await box('PAYMENTS', 'account.notifyMail').click();
    assert.equal((await kept).status(), 200);
    await page.reload();
    await box('PAYMENTS', 'account.notifyMail').waitFor();
    assert.ok(!(await box('PAYMENTS', 'account.notifyMail').isChecked()));
    assert.ok(await box('PAYMENTS', 'account.notifyHere').isChecked());
    await screenshot(page, 'notification-preferences', { fullPage: true });
    await fund(platform, player, '15.00');
    await page.getByTestId('unread').waitFor();
    const { messages } = await (await fetch(`${platform.sandbox}/inbox/api/messages?limit=20&to=${encodeURIComponent(player.email)}`)).json();
    assert.ok(messages.length >= 1, 'the letter with the code');
    assert.ok(!messages.some((m) => /€|EUR|deposit/i.test(m.subject)), JSON.stringify(messages));
    assert.deepEqual(complaints, []);
    await context.close();
  });

  scenario(world, 'a link to a new password that was replaced, used or made up says so', async () => {
    const { context, player, complaints } = await registered(world);
    const { page, t, platform } = player;
    await player.logOut();
    const ask = async (known) => {
      await platform.call('POST', '/v1/auth/password-reset:start', { email: player.email });
      return until('a letter with a new link', async () => (await resetTokens(platform, player.email)).find((token) => !known.includes(token)));
    };
    const first = await ask([]);
    const second = await ask([first]);
    const useless = async (token) => {
      await page.goto('about:blank');
      await page.goto(`/reset-password#${token}`);
      await player.field('security.passwordNew').fill('a quite different sentence');
      await player.button('auth.resetSet').click();
      await page.getByRole('alert').getByText(t('error.RESET_INVALID')).waitFor();
      assert.equal(new URL(page.url()).hash, '');
    };
    await useless(first);
    await platform.call('POST', '/v1/auth/password-reset:complete', { token: second, newPassword: 'a third good sentence' });
    await useless(second);
    await useless('bWFkZS11cC1ieS1zb21lYm9keS1lbHNlLWVudGlyZWx5');
    await screenshot(page, 'reset-link-invalid');
    await player.link('auth.forgotSend').click();
    await page.getByRole('heading', { name: t('auth.forgotTitle') }).waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

const passwordToken = async (player) => (await player.platform.call('POST', '/v1/auth/login', { email: player.email, password })).tokens.accessToken;

// elsewhere is the same player in another browser.
async function elsewhere(world, player) {
  const { page } = await visit(world.browser, world.platform.base);
  const there = new Player(page, world.platform, await translatorOf('en'));
  there.email = player.email;
  await there.open('/login/');
  await there.logIn();
  await page.getByTestId('balance').waitFor();
  return there;
}

// isLoggedOut looks at a browser whose session was ended from elsewhere. It notices by itself, and what is for players leads to the login.
async function isLoggedOut({ page }, { t }) {
  await page.getByRole('banner').getByRole('link', { name: t('nav.logIn'), exact: true }).waitFor();
  assert.equal(await page.getByTestId('balance').count(), 0);
  await page.goto('/bets/');
  await page.waitForURL('**/login/?next=%2Fbets%2F');
}

async function resetTokens(platform, email) {
  const { messages } = await (await fetch(`${platform.sandbox}/inbox/api/messages?limit=10&to=${encodeURIComponent(email)}`)).json();
  const letters = await Promise.all((messages ?? []).map(async ({ id }) => (await (await fetch(`${platform.sandbox}/inbox/api/messages/${id}`)).json()).text));
  return letters.map((text) => /\/reset-password#(\S+)/.exec(text)?.[1]).filter(Boolean);
}
