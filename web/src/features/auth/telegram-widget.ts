// What Telegram's login widget comes back with: tgAuthResult in the fragment, base64url of a JSON object, or "false" when the person cancelled.
export type WidgetResult = 'none' | 'cancelled' | 'unreadable' | Record<string, string>;

// readWidgetResult reads a fragment. Every field is passed on as the text that Telegram signed; which of them are right is for the platform to say.
export function readWidgetResult(fragment: string): WidgetResult {
  const found = /(?:^#?|&)tgAuthResult=([^&]*)/.exec(fragment)?.[1];
  if (found === undefined) return 'none';
  if (found === 'false' || found === '') return 'cancelled';
  try {
    const bytes = Uint8Array.from(atob(decodeURIComponent(found).replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const fields: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return 'unreadable';
    const values = Object.entries(fields);
    if (!values.every(([, v]) => typeof v === 'string' || (typeof v === 'number' && Number.isSafeInteger(v)))) return 'unreadable';
    return Object.fromEntries(values.map(([k, v]) => [k, String(v)]));
  } catch {
    return 'unreadable';
  }
}
