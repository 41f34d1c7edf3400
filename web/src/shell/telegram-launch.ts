// What Telegram's apps give a Mini App: launch parameters in the address's fragment, and an object of their own in the window, by which the page can tell
// that it is inside one of them. Telegram's script would read the same places.

interface Proxy {
  postEvent: (event: string, data: string) => void;
}

const proxy = (): Proxy | undefined => (window as { TelegramWebviewProxy?: Proxy }).TelegramWebviewProxy;

// insideTelegram cannot be pretended by whoever made a link, unlike the fragment.
export const insideTelegram = (): boolean => typeof proxy()?.postEvent === 'function';

// tellTelegram sends one of the events that Mini Apps send; outside Telegram nobody hears it.
export const tellTelegram = (event: 'web_app_ready' | 'web_app_expand'): void => proxy()?.postEvent(event, '{}');

// initData is the signed proof of who has opened the Mini App; empty when the page was not opened as one.
export const initData = (): string => new URLSearchParams(window.location.hash.slice(1)).get('tgWebAppData') ?? '';

// forgetLaunch takes the launch parameters out of the address: the proof works once and is nobody's business afterwards.
export const forgetLaunch = (): void => window.history.replaceState(null, '', window.location.pathname + window.location.search);

export interface LaunchUser {
  id: string;
  name: string;
}

// launchUser is who the proof says it is, not verified by anybody yet: to be shown and compared, and for nothing else.
export function launchUser(data: string): LaunchUser {
  try {
    const user = JSON.parse(new URLSearchParams(data).get('user') ?? '') as { id?: number; first_name?: string; last_name?: string; username?: string };
    const name = [user.first_name, user.last_name, user.username && `@${user.username}`].filter(Boolean).join(' ');
    return { id: String(user.id ?? ''), name: name.slice(0, 80) || String(user.id ?? '?') };
  } catch {
    return { id: '', name: '?' };
  }
}
