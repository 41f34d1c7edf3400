import { ApiError, toError } from './errors';
import type { Tokens } from './schema';

// The session of this tab. The access token lives in this module's memory and nowhere else; what renews it is an HttpOnly cookie that no script
// can read. Tabs tell each other over a channel, so that one of them renews for all.

export type Standing =
  // Nothing is known yet; nothing personal is shown.
  | 'starting'
  | 'anonymous'
  | 'player'
  // The platform could not be asked.
  | 'unreachable';

interface Access {
  token: string;
  sessionId: string;
  acr: string;
  // By this clock; a little early, so that a token does not run out on its way.
  expiresAt: number;
}

type Message = { kind: 'tokens'; access: Access } | { kind: 'signed-out' };

const early = 15_000;
const browser = { 'X-Pitboss-Client': 'browser' };

let access: Access | null = null;
let standing: Standing = 'starting';
let renewals = 0;
let pending: Promise<boolean> | null = null;
let channel: BroadcastChannel | null = null;

const watchers = new Set<() => void>();
const leavers = new Set<() => void>();

export function watchStanding(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export const currentStanding = (): Standing => standing;
export const currentSessionId = (): string => access?.sessionId ?? '';

// onLeave runs when the person in front of the page is no longer who it was: what belongs to that person has to go.
export function onLeave(leaver: () => void): () => void {
  leavers.add(leaver);
  return () => leavers.delete(leaver);
}

function stand(next: Standing): void {
  if (standing === next) return;
  standing = next;
  watchers.forEach((w) => w());
}

function accept(next: Access): void {
  if (access && access.sessionId !== next.sessionId) leavers.forEach((l) => l());
  access = next;
  renewals++;
  stand('player');
}

function leave(): void {
  access = null;
  leavers.forEach((l) => l());
  stand('anonymous');
}

// adopt takes the tokens of a login, a renewal or a step-up.
export function adopt(tokens: Tokens | undefined): void {
  if (!tokens?.accessToken) return;
  const next: Access = {
    token: tokens.accessToken,
    sessionId: tokens.sessionId ?? '',
    acr: tokens.acr ?? '',
    expiresAt: Date.now() + (tokens.expiresIn ?? 0) * 1000 - early,
  };
  accept(next);
  channel?.postMessage({ kind: 'tokens', access: next } satisfies Message);
}

// dropSession is for a session that has ended: at the player's wish, or because the platform says so.
export function dropSession(): void {
  leave();
  channel?.postMessage({ kind: 'signed-out' } satisfies Message);
}

// start asks whether this browser has a session.
export async function start(): Promise<void> {
  if (!channel && typeof BroadcastChannel !== 'undefined') {
    channel = new BroadcastChannel('pitboss-session');
    channel.onmessage = (event: MessageEvent<Message>) => {
      if (event.data.kind === 'tokens') accept(event.data.access);
      else leave();
    };
  }
  if (access) return;
  try {
    await renew();
  } catch {
    if (!access) stand('unreachable');
  }
}

// renew spends the cookie for a new access token; false when there is no session any more. Within a tab calls share one renewal, between tabs a lock
// makes them wait for each other, and who waited takes what the other one got.
export function renew(): Promise<boolean> {
  pending ??= exclusively(renewals).finally(() => {
    pending = null;
  });
  return pending;
}

async function exclusively(seen: number): Promise<boolean> {
  const once = async () => (renewals !== seen && fresh()) || askForTokens();
  return navigator.locks ? await navigator.locks.request('pitboss-renewal', once) : await once();
}

async function askForTokens(): Promise<boolean> {
  const seen = renewals;
  let response: Response;
  try {
    response = await fetch('/v1/auth/refresh', { method: 'POST', headers: { ...browser, 'Content-Type': 'application/json' }, body: '{}' });
  } catch {
    throw new ApiError('NETWORK');
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) {
    adopt((body as { tokens?: Tokens }).tokens);
    return true;
  }
  const error = toError(response, body);
  if (response.status !== 401 && response.status !== 400) throw error;
  // A login that came meanwhile is newer than this answer.
  if (renewals !== seen) return true;
  // A tab that had no session need not tell the others.
  if (access) dropSession();
  else leave();
  return false;
}

function fresh(): boolean {
  return access !== null && access.expiresAt > Date.now();
}

// authorize puts the token on a call, renewed when it is about to run out.
export async function authorize(headers: Headers): Promise<void> {
  headers.set('X-Pitboss-Client', 'browser');
  if (access && !fresh()) await renew();
  if (access) headers.set('Authorization', `Bearer ${access.token}`);
}
