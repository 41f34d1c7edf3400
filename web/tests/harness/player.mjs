// What a player does, by clicks and in the player's language. Everything is found by its role and its text, as a person or a screen reader finds it.
import assert from 'node:assert/strict';

import { Authenticator, mailedCode, until } from './outside.mjs';
import { load } from './source.mjs';

const { translator } = await load('i18n/translate.ts');

export async function translatorOf(locale) {
  return translator(locale, (await load(`i18n/${locale}/index.ts`)).default);
}

export const password = 'seven green lamps at dusk';

export class Player {
  constructor(page, platform, t) {
    Object.assign(this, { page, platform, t, email: `player-${Math.random().toString(36).slice(2)}@example.com` });
  }

  button(key, params) {
    return this.page.getByRole('button', { name: this.t(key, params), exact: true });
  }

  link(key) {
    return this.page.getByRole('link', { name: this.t(key), exact: true });
  }

  field(key) {
    return this.page.getByRole('textbox', { name: this.t(key), exact: true });
  }

  async open(path) {
    await this.page.goto(path);
  }

  async register({ country = 'MT' } = {}) {
    const { page, t } = this;
    await this.open('/');
    await page.getByRole('banner').getByRole('link', { name: t('nav.register'), exact: true }).click();
    await this.field('auth.email').fill(this.email);
    await this.field('auth.newPassword').fill(password);
    await page.getByRole('combobox', { name: t('auth.country') }).selectOption(country);
    await page.getByRole('checkbox').check();
    await this.button('auth.createAccount').click();
    await page.waitForURL('**/verify/**');
    await this.field('auth.mailCode').fill(await mailedCode(this.platform.sandbox, this.email));
    await this.button('auth.verify').click();
    await page.getByTestId('balance').waitFor();
    await page.waitForURL(`${this.platform.base}/`);
  }

  // enrol registers behind the page's back, with the browser's own cookies, and opens the lobby.
  async enrol({ country = 'MT' } = {}) {
    const { page, email } = this;
    const call = async (path, data) => {
      const response = await page.context().request.post(path, { data, headers: { 'X-Pitboss-Client': 'browser', Origin: this.platform.base } });
      assert.ok(response.ok(), `${path}: ${response.status()} ${await response.text()}`);
    };
    await call('/v1/auth/register', { email, password, country, language: 'en', timeZone: 'Europe/Malta', adultConfirmed: true });
    await call('/v1/auth/verify-email', { email, code: await mailedCode(this.platform.sandbox, email) });
    await this.open('/');
    await page.getByTestId('balance').waitFor();
  }

  async setUpTotp() {
    const { page } = this;
    await this.open('/account/security/');
    await this.button('security.totpStart').click();
    this.app = new Authenticator(await page.getByTestId('totp-secret').innerText());
    await this.field('security.totpEnter').fill(await this.app.next());
    await this.button('security.totpConfirm').click();
    const codes = page.getByTestId('recovery-codes').getByRole('listitem');
    await codes.last().waitFor();
    this.recovery = await codes.allInnerTexts();
    assert.equal(this.recovery.length, 10);
    await this.button('security.recoveryKept').click();
  }

  async logIn({ second = 'totp' } = {}) {
    await this.field('auth.email').fill(this.email);
    await this.field('auth.password').fill(password);
    await this.page.getByRole('main').getByRole('button', { name: this.t('nav.logIn'), exact: true }).click();
    if (!this.app) return;
    if (second === 'totp') {
      await this.field('auth.totpCode').fill(await this.app.next());
    } else {
      await this.button('auth.useRecovery').click();
      await this.field('auth.recoveryCode').fill(this.recovery.pop());
    }
    await this.button('common.continue').click();
  }

  async logOut() {
    await this.button('nav.account').click();
    await this.page.getByRole('menuitem', { name: this.t('nav.logOut') }).click();
    await this.page.getByRole('banner').getByRole('link', { name: this.t('nav.logIn'), exact: true }).waitFor();
  }

  // deposit pays on the provider's own page and comes back.
  async deposit(amount) {
    const { page, t } = this;
    await this.toPaymentPage(amount);
    await this.payWith('4242424242424242');
    await page.waitForURL(`${this.platform.base}/cashier/deposit/status/**`);
    await page.getByTestId('payment-state').getByText(t('depositState.CAPTURED')).waitFor();
  }

  async toPaymentPage(amount) {
    await this.open('/cashier/deposit/');
    await this.field('cashier.amount').fill(amount);
    await this.button('cashier.continueToPay').click();
    await this.page.waitForURL(`${this.platform.sandbox}/**`);
  }

  async payWith(card) {
    const { page } = this;
    await page.locator('[name=card_number]').fill(card);
    await page.locator('[name=exp]').fill('12/39');
    await page.locator('[name=cvc]').fill('123');
    await page.locator('[name=name]').fill('A Player');
    await page.locator('button[type=submit]').first().click();
  }

  async openGame() {
    await this.open('/');
    await this.page.getByTestId('game-tile').first().click();
    await this.frame().locator('#spin:not([disabled])').waitFor();
  }

  frame() {
    return this.page.frameLocator('[data-testid=game-frame]');
  }

  // spin plays one round to its end, whatever it is.
  async spin() {
    const played = this.page.waitForResponse((r) => r.url().endsWith('/spin') && r.request().method() === 'POST');
    await this.frame().locator('#spin:not([disabled])').click();
    await played;
    await this.frame().locator('#spin:not([disabled])').waitFor();
  }

  // confirmStepUpIfAsked goes on when done says so; the second factor of a moment ago may still be fresh enough.
  async confirmStepUpIfAsked(done) {
    const dialog = this.page.getByRole('dialog', { name: this.t('stepUp.title') });
    await Promise.race([done(), dialog.waitFor()]);
    if (await dialog.isVisible()) await this.confirmStepUp();
    await done();
  }

  async confirmStepUp() {
    const dialog = this.page.getByRole('dialog', { name: this.t('stepUp.title') });
    await dialog.getByRole('textbox').fill(await this.app.next());
    await dialog.getByRole('button', { name: this.t('stepUp.confirm'), exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  // token asks for an access token of the player's own, for what a test does behind the page's back.
  async token() {
    const first = await this.platform.call('POST', '/v1/auth/login', { email: this.email, password });
    if (first.tokens) return first.tokens.accessToken;
    const second = await this.platform.call('POST', '/v1/auth/login:complete', { challenge: first.challenge, totpCode: await this.app.next() });
    return second.tokens.accessToken;
  }

  balance() {
    return this.page.getByTestId('balance').innerText();
  }

  balanceBecomes(text) {
    return until(`the balance to become ${text}`, async () => (await this.balance()).replace(/\s/g, ' ') === text);
  }
}
