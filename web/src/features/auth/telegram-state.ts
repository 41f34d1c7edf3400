// What this tab has to remember while Telegram's page is open. The state must be the one that comes back, or somebody could log the player in to an
// account of their own.
interface Pending {
  state: string;
  next: string;
  way: 'OIDC' | 'WIDGET';
}

const key = 'pitboss.telegram';

export const rememberTelegram = (pending: Pending): void => sessionStorage.setItem(key, JSON.stringify(pending));

// takeTelegram answers what was remembered, once.
export function takeTelegram(): Pending | null {
  const raw = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  return raw ? (JSON.parse(raw) as Pending) : null;
}
