import assert from 'node:assert/strict';

import { phone, visit } from '../harness/browser.mjs';
import { until } from '../harness/outside.mjs';
import { Player, translatorOf } from '../harness/player.mjs';
import { scenario } from '../harness/scenario.mjs';

export function session(world) {
  scenario(world, 'no token is where a script or a disk could keep it', async () => {
    const { context, player } = await registered(world);
    const kept = await player.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert.doesNotMatch(kept, /eyJ|refresh|token/i);
    const databases = await player.page.evaluate(() => indexedDB.databases());
    assert.deepEqual(databases, []);
    const cookies = await context.cookies();
    const refresh = cookies.find((c) => c.name.endsWith('refresh'));
    assert.ok(refresh.httpOnly);
    assert.equal(refresh.sameSite, 'Strict');
    await context.close();
  });

  scenario(world, 'nothing personal is shown before it is known who is there, and nothing of a visitor to a player', async () => {
    const { context, player } = await registered(world);
    const { page, t } = player;
    let answer;
    const looked = new Promise((resolve) => {
      answer = resolve;
    });
    await page.route('**/v1/auth/refresh', async (route) => {
      await looked;
      await route.continue();
    });
    await page.goto('/cashier/', { waitUntil: 'domcontentloaded' });
    await page.getByRole('status').first().waitFor();
    assert.equal(await page.getByTestId('balance').count(), 0);
    assert.equal(await page.getByRole('link', { name: t('nav.register'), exact: true }).count(), 0);
    answer();
    await page.getByTestId('available').waitFor();
    await context.close();
  });

  scenario(world, 'a session goes on when its token runs out, and one that was ended leads to the login and back', async () => {
    const { context, player } = await registered(world);
    const { page, t, platform } = player;
    let renewals = 0;
    page.on('response', (r) => {
      if (r.url().endsWith('/v1/auth/refresh') && r.status() === 200) renewals++;
    });
    await page.clock.install();
    await page.reload();
    await page.getByTestId('game-tile').first().waitFor();
    await page.getByTestId('balance').waitFor();
    const before = renewals;
    // Tokens of the test's platform live 25 seconds and are renewed early, by the page's clock.
    await page.clock.fastForward('00:30');
    await page.getByRole('banner').getByRole('link', { name: t('nav.bets') }).click();
    await page.getByText(t('bets.none')).waitFor();
    await until('a renewal', () => renewals > before);

    // Somebody ends all other sessions from elsewhere.
    const token = await player.token();
    await platform.call('POST', '/v1/me/sessions:revokeOthers', {}, token);
    await page.goto('/protection/?days=7');
    await page.waitForURL('**/login/**');
    assert.equal(new URL(page.url()).searchParams.get('next'), '/protection/?days=7');
    await player.logIn();
    await page.waitForURL('**/protection/?days=7');
    await page.getByRole('heading', { name: t('protection.title'), level: 1 }).waitFor();
    await context.close();
  });

  scenario(world, 'two tabs share one session: one renewal, one balance, one logout', async () => {
    const { context, player } = await registered(world);
    const { page, t, platform } = player;
    const second = await context.newPage();
    await Promise.all([page.goto('/cashier/'), second.goto('/cashier/')]);
    await Promise.all([page.getByTestId('available').waitFor(), second.getByTestId('available').waitFor()]);
    await fund(platform, player, '75.00');
    await until('both tabs to show the money', async () => (await page.getByTestId('available').innerText()) === '€75.00' && (await second.getByTestId('available').innerText()) === '€75.00');
    await player.logOut();
    await second.waitForURL('**/login/**');
    assert.equal(await second.getByTestId('balance').count(), 0);
    await context.close();
  });

  scenario(world, 'a recovery code lets a player in, and only once', async () => {
    const { context, player } = await registered(world);
    await player.setUpTotp();
    await player.logOut();
    await player.open('/login/?next=%2Fbets%2F');
    const code = player.recovery.at(-1);
    await player.logIn({ second: 'recovery' });
    await player.page.waitForURL('**/bets/');
    await player.logOut();
    await player.open('/login/');
    player.recovery.push(code);
    await player.logIn({ second: 'recovery' });
    await player.page.getByRole('alert').getByText(player.t('error.CODE_INVALID')).waitFor();
    await context.close();
  });

  scenario(world, 'a call that needs a fresh second factor waits for it and then goes through', async () => {
    const { context, player } = await registered(world);
    const { page, t, platform } = player;
    await fund(platform, player, '40.00');
    await player.balanceBecomes('€40.00');
    await player.setUpTotp();
    // The factor of a moment ago is fresh enough for five minutes; the first answer is made the one that comes after that.
    const stale = { code: 7, message: '', details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'STEP_UP_REQUIRED', domain: 'pitboss', metadata: {} }] };
    const keys = [];
    await page.route('**/v1/withdrawals', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      keys.push(route.request().postDataJSON().requestId);
      return keys.length === 1 ? route.fulfill({ status: 401, json: stale }) : route.continue();
    });
    await player.open('/cashier/withdraw/');
    await player.field('cashier.amount').fill('20');
    await player.button('cashier.requestWithdrawal').click();
    await player.confirmStepUp();
    await page.waitForURL('**/cashier/withdrawal/**');
    await page.getByTestId('payment-state').getByText(t('withdrawalState.PAID')).waitFor();
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1], 'it is the same wish');
    await context.close();
  });

  scenario(world, 'a login leads to no stranger', async () => {
    const { context, page } = await visit(world.browser, world.platform.base);
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      await page.goto(`/login/?next=${encodeURIComponent(next)}`);
      const link = page.getByRole('main').getByRole('link', { name: 'Register', exact: true });
      await link.waitFor();
      assert.equal(await link.getAttribute('href'), '/register/?next=%2F');
    }
    await context.close();
  });

  scenario(world, 'a forgotten password is replaced by the mailed link', async () => {
    const { context, player } = await registered(world);
    const { page, t, platform } = player;
    await player.logOut();
    await player.open('/login/');
    await player.link('auth.forgot').click();
    await page.getByRole('heading', { name: t('auth.forgotTitle') }).waitFor(); // the page before has a field of the same name
    await player.field('auth.email').fill(player.email);
    await player.button('auth.forgotSend').click();
    await page.getByText(t('auth.forgotSent', { email: player.email })).waitFor();
    const link = await until('the letter with the link', async () => {
      const { messages } = await (await fetch(`${platform.sandbox}/inbox/api/messages?limit=5&to=${encodeURIComponent(player.email)}`)).json();
      for (const { id } of messages) {
        const found = /\/reset-password#\S+/.exec((await (await fetch(`${platform.sandbox}/inbox/api/messages/${id}`)).json()).text);
        if (found) return found[0];
      }
      return undefined;
    });
    await page.goto(link);
    await player.field('security.passwordNew').fill('a quite different sentence');
    await player.button('auth.resetSet').click();
    await page.getByText(t('auth.resetDoneLead')).waitFor();
    assert.equal(new URL(page.url()).hash, '');
    await context.close();
  });

  scenario(world, 'a passkey is both factors: made, used for a login and for a withdrawal', async () => {
    const { context, page } = await visit(world.browser, world.platform.base.replace('127.0.0.1', 'localhost'), { size: phone });
    const devices = await context.newCDPSession(page);
    await devices.send('WebAuthn.enable');
    await devices.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    const t = await translatorOf('en');
    // Passkeys belong to a name and not to an address, so this player knows the platform by one.
    const platform = Object.create(world.platform, { base: { value: world.platform.base.replace('127.0.0.1', 'localhost') } });
    const player = new Player(page, platform, t);
    await player.register();
    await player.open('/account/security/');
    await player.button('passkey.add').click();
    await page.getByTestId('passkeys').getByRole('listitem').first().waitFor();
    await player.logOut();
    await player.open('/login/');
    await player.button('auth.passkey').click();
    await page.getByTestId('balance').waitFor();
    await fund(platform, player, '40.00');
    await player.balanceBecomes('€40.00');
    await player.open('/cashier/withdraw/');
    await player.field('cashier.amount').fill('20');
    await player.button('cashier.requestWithdrawal').click();
    // Nobody is asked for another factor: the passkey was both.
    await page.waitForURL('**/cashier/withdrawal/**');
    await page.getByTestId('payment-state').getByText(t('withdrawalState.PAID')).waitFor();
    await context.close();
  });
}

// registered is a new player in a new browser, in English, on the lobby. How one registers by clicks is the journeys' matter: here the browser only gets the session.
export async function registered(world, { country, ...options } = {}) {
  const { context, page, complaints } = await visit(world.browser, world.platform.base, options);
  const player = new Player(page, world.platform, await translatorOf('en'));
  await player.enrol({ country });
  return { context, player, complaints };
}

// fund deposits behind the page's back, and answers once the money is booked.
export async function fund(platform, player, amount) {
  const token = await player.token();
  const { methods } = await platform.call('GET', '/v1/payment-methods', undefined, token);
  const { deposit } = await platform.call('POST', '/v1/deposits', { methodId: methods.find((m) => m.deposits).methodId, requestId: crypto.randomUUID(), amount: { amount, currency: 'EUR' } }, token);
  const paid = await fetch(deposit.redirectUrl, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ card_number: '4242424242424242', exp: '12/39', cvc: '123', name: 'A Player' }) });
  assert.equal(paid.status, 303);
  await until('the deposit to be booked', async () => {
    const now = await platform.call('GET', `/v1/deposits/${deposit.depositId}`, undefined, token);
    return now.deposit.state === 'DEPOSIT_STATE_CAPTURED';
  });
}
