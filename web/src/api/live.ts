import { api, unwrap } from './client';
import type { Balance, InboxMessage } from './schema';
import { renew } from './session';

// The gateway pushes a balance whenever it changes. Nothing is promised: who has missed something reads it over REST, so each connection begins with a
// call of onOpen, once the gateway's greeting says that from here on nothing is missed.

interface Handlers {
  onOpen: () => void;
  onBalance: (balance: Balance) => void;
  onMessage: (message: InboxMessage) => void;
}

const longest = 30_000;

// connectLive keeps a connection until it is told to stop.
export function connectLive(handlers: Handlers): () => void {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let stopped = false;

  const later = () => {
    if (stopped) return;
    const wait = Math.min(longest, 500 * 2 ** Math.min(failures++, 6));
    timer = setTimeout(open, wait / 2 + Math.random() * (wait / 2));
  };

  const open = async () => {
    let ticket: string | undefined;
    try {
      ticket = (await unwrap(api.POST('/v1/live/tickets', { body: {} }))).ticket;
    } catch {
      return later();
    }
    if (stopped) return;
    const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
    socket = new WebSocket(`${scheme}://${window.location.host}/v1/live?ticket=${encodeURIComponent(ticket ?? '')}`);
    socket.onmessage = (event: MessageEvent<string>) => {
      const message = JSON.parse(event.data) as { type: string; balance?: Balance; inbox?: InboxMessage };
      if (message.type === 'hello') {
        failures = 0;
        handlers.onOpen();
      }
      if (message.type === 'balance' && message.balance) handlers.onBalance(message.balance);
      if (message.type === 'inbox' && message.inbox) handlers.onMessage(message.inbox);
    };
    socket.onclose = (event) => {
      socket = null;
      if (stopped) return;
      // Another window has taken the place of this one; it gets it back when the player looks at it.
      if (event.reason.startsWith('replaced')) return document.addEventListener('visibilitychange', wake, { once: true });
      if (event.reason === 'session ended') void renew().catch(() => undefined);
      later();
    };
  };

  const wake = () => {
    if (!stopped && !socket) later();
  };

  const online = () => {
    if (stopped || socket) return;
    clearTimeout(timer);
    failures = 0;
    void open();
  };

  window.addEventListener('online', online);
  void open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    window.removeEventListener('online', online);
    document.removeEventListener('visibilitychange', wake);
    socket?.close();
  };
}
