// compactIban takes the spaces out of an IBAN as people write it.
export const compactIban = (text: string): string => text.replace(/\s/g, '').toUpperCase();

// validIban checks form and check digits, ISO 13616: a mistyped digit is noticed here and not by a bank days later.
export function validIban(text: string): boolean {
  const iban = compactIban(text);
  if (!/^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/.test(iban)) return false;
  const digits = (iban.slice(4) + iban.slice(0, 4)).replace(/[A-Z]/g, (c) => String(c.charCodeAt(0) - 55));
  return BigInt(digits) % 97n === 1n;
}
