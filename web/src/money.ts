import type { Money } from '@/api/schema';

// Amounts are decimal strings with a currency. They are added, compared and shown as they are; none ever becomes a binary fraction.

const decimals = 9;
const one = 10n ** BigInt(decimals);

// scaled is an amount in billionths; the contract allows at most nine decimals.
export function scaled(amount: string | undefined): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(amount ?? '0');
  if (!match) return 0n;
  const value = BigInt(match[2] ?? '0') * one + BigInt((match[3] ?? '').padEnd(decimals, '0') || '0');
  return match[1] ? -value : value;
}

function unscaled(value: bigint, digits: number): string {
  const positive = value < 0n ? -value : value;
  const whole = positive / one;
  let rest = (positive % one).toString().padStart(decimals, '0');
  while (rest.length > digits && rest.endsWith('0')) rest = rest.slice(0, -1);
  return `${value < 0n ? '-' : ''}${whole}${rest ? '.' + rest : ''}`;
}

export const zero = (currency: string): Money => ({ amount: '0', currency });

export function sum(currency: string, amounts: (Money | undefined)[]): Money {
  return { currency, amount: unscaled(amounts.reduce((total, m) => total + scaled(m?.amount), 0n), digitsOf(currency)) };
}

export const minus = (a: Money, b: Money): Money => sum(a.currency ?? '', [a, negated(b)]);
export const negated = (m: Money): Money => ({ ...m, amount: unscaled(-scaled(m.amount), digitsOf(m.currency ?? '')) });
export const signOf = (m: Money | undefined): -1 | 0 | 1 => (scaled(m?.amount) > 0n ? 1 : scaled(m?.amount) < 0n ? -1 : 0);
export const compare = (a: Money | undefined, b: Money | undefined): number => Number(scaled(a?.amount) > scaled(b?.amount)) - Number(scaled(a?.amount) < scaled(b?.amount));

// digitsOf is how many decimals people write a currency with.
export function digitsOf(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) return 8;
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

// writtenLike is the locale by which a runtime writes numbers and dates. Chromium knows nothing of Georgian, whose numbers have the form of Russian ones:
// 1 234,50.
export function writtenLike(locale: string): string {
  const stands: Record<string, string> = { ka: 'ru' };
  return Intl.NumberFormat.supportedLocalesOf([locale]).length > 0 ? locale : (stands[locale.slice(0, 2)] ?? 'en');
}

// formatMoney writes an amount as the locale does, with all its decimals and never rounded.
export function formatMoney(money: Money | undefined, locale: string, options: { sign?: boolean } = {}): string {
  const currency = money?.currency ?? '';
  const amount = money?.amount || '0';
  const digits = Math.max(digitsOf(currency), (amount.split('.')[1] ?? '').replace(/0+$/, '').length);
  const sign = options.sign ? 'exceptZero' : 'auto';
  const fixed = { minimumFractionDigits: Math.min(digits, currency.length === 3 ? digits : 2), maximumFractionDigits: digits, signDisplay: sign } as const;
  // Intl takes decimal strings and keeps every digit.
  const text = amount as Intl.StringNumericLiteral;
  if (/^[A-Z]{3}$/.test(currency)) {
    return new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...fixed }).format(text);
  }
  return `${new Intl.NumberFormat(locale, fixed).format(text)} ${currency}`.trim();
}

// readAmount takes what a person types, "1 234,50" or "1,234.50", and answers the decimal string. What could be meant in two ways, or is finer than the
// currency, is undefined: with money the player is asked again and nothing is guessed.
export function readAmount(text: string, currency: string): string | undefined {
  const plain = text.replace(/[\s\u00a0\u202f']/g, '');
  const last = Math.max(plain.lastIndexOf(','), plain.lastIndexOf('.'));
  const decimal = plain[last] ?? '.';
  const grouping = decimal === '.' ? ',' : '.';
  const parts = plain.split(decimal);
  if (parts.length > 2) return undefined;
  const [head = '', rest = ''] = parts;
  if (!/^\d+$/.test(head) && !new RegExp(`^\\d{1,3}(\\${grouping}\\d{3})+$`).test(head)) return undefined;
  const whole = head.replaceAll(grouping, '').replace(/^0+(?=\d)/, '');
  if (whole.length > 15 || !/^\d*$/.test(rest) || (parts.length === 2 && rest === '') || rest.length > digitsOf(currency)) return undefined;
  return `${whole}${rest ? '.' + rest.padEnd(Math.min(2, digitsOf(currency)), '0') : ''}`;
}
