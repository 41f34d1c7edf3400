// A whole `pitboss up` on a fresh home and free ports, as a newcomer runs it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Authenticator, until } from './outside.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const binary = process.env.PITBOSS_TEST_BINARY ?? join(root, 'bin', 'pitboss');

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export async function startPlatform() {
  // PITBOSS_TEST_RUNNING names the home of a platform that runs already, for who writes tests; its addresses stand beside it.
  if (process.env.PITBOSS_TEST_RUNNING) {
    const [home, base, sandbox] = process.env.PITBOSS_TEST_RUNNING.split(',');
    return new Platform(home, base, sandbox, undefined);
  }
  if (!existsSync(binary)) throw new Error(`${binary} is not there: make web build`);
  const home = mkdtempSync(join(tmpdir(), 'pitboss-browser-'));
  const [http, sandbox, smtp, admin] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const child = spawn(binary, ['up'], {
    env: {
      ...process.env,
      PITBOSS_HOME: home,
      PITBOSS_HTTP_ADDR: `127.0.0.1:${http}`,
      PITBOSS_SANDBOX_ADDR: `127.0.0.1:${sandbox}`,
      PITBOSS_SANDBOX_SMTP_ADDR: `127.0.0.1:${smtp}`,
      PITBOSS_ADMIN_ADDR: `127.0.0.1:${admin}`,
      PITBOSS_MESH_PORT: '0',
      PITBOSS_CLICKHOUSE_URL: 'off',
      PITBOSS_SANDBOX_MIN_CYCLE: '0s',
      // Tokens that run out while a test looks on.
      PITBOSS_IDENTITY_ACCESS_TTL: '25s',
      PITBOSS_GATEWAY_RATE_PER_SECOND: '1000',
      PITBOSS_GATEWAY_RATE_BURST: '2000',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const platform = new Platform(home, `http://127.0.0.1:${http}`, `http://127.0.0.1:${sandbox}`, child);
  await platform.ready();
  return platform;
}

class Platform {
  constructor(home, base, sandbox, child) {
    Object.assign(this, { home, base, sandbox, child, log: [] });
    for (const stream of child ? [child.stdout, child.stderr] : []) stream.on('data', (chunk) => this.log.push(String(chunk)));
    child?.on('exit', (code, signal) => {
      if (!this.stopping) console.error(`pitboss up has ended by itself (${code ?? signal}):\n${this.log.join('').slice(-4000)}`);
    });
  }

  ready() {
    return until(
      'the platform to be ready',
      async () => {
        if (this.child?.exitCode !== null && this.child) throw new Error(`pitboss up has ended:\n${this.log.join('').slice(-4000)}`);
        return (await fetch(`${this.base}/readyz`).catch(() => undefined))?.ok;
      },
      180_000,
    );
  }

  // tail is the end of what the platform has logged.
  tail(lines) {
    return this.log.join('').split('\n').slice(-lines).join('\n');
  }

  // telegram is an administrative call to the sandbox's Telegram.
  async telegram(path, body) {
    const token = readFileSync(join(this.home, 'sandbox', 'telegram', 'admin-token'), 'utf8').trim();
    const response = await fetch(`${this.sandbox}/telegram${path}`, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async stop() {
    if (!this.child) return;
    this.stopping = true;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    if (this.child.exitCode === null && this.child.signalCode === null) await ended;
    rmSync(this.home, { recursive: true, force: true });
  }

  // operator is the first administrator, over REST. Tokens of the test's platform are short, so a call that comes late logs in again.
  async operator() {
    this.staff ??= this.#loginOperator();
    await this.staff;
    return async (method, path, body) => {
      try {
        return await this.call(method, path, body, await this.staff);
      } catch (error) {
        if (error.status !== 401) throw error;
        this.staff = this.#loginOperator();
        return this.call(method, path, body, await this.staff);
      }
    };
  }

  async #loginOperator() {
    const { email, password, totp_secret } = JSON.parse(readFileSync(join(this.home, 'operator.json'), 'utf8'));
    this.staffApp ??= new Authenticator(totp_secret);
    return until('the administrator to be let in', async () => {
      const r = await this.call('POST', '/v1/operator/auth/login', { email, password, totpCode: await this.staffApp.next() }).catch(() => undefined);
      return r?.tokens?.accessToken;
    }, 120_000);
  }

  async call(method, path, body, token) {
    const response = await fetch(this.base + path, {
      method,
      headers: { ...(body ? { 'Content-Type': 'application/json' } : {}), ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`), { status: response.status });
    return answer;
  }
}
