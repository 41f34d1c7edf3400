'use client';

import type { ReactNode } from 'react';

import type { Money } from '@/api/schema';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { compare, readAmount } from '@/money';
import { Field, Input } from '@/ui/field';

interface Props {
  value: string;
  onChange: (value: string) => void;
  currency: string;
  currencies: string[];
  onCurrency: (currency: string) => void;
  limits: { min?: Money; max?: Money } | undefined;
  error?: string;
  hint?: ReactNode;
}

export function AmountField({ value, onChange, currency, currencies, onCurrency, limits, error, hint }: Props) {
  const { t } = useI18n();
  const format = useFormat();
  return (
    <Field
      label={t('cashier.amount')}
      hint={hint ?? (limits && t('cashier.amountBetween', { min: format.money(limits.min), max: format.money(limits.max) }))}
      error={error}
    >
      {(ids) => (
        <span className="flex gap-2">
          <Input {...ids} inputMode="decimal" autoComplete="off" placeholder="0.00" className="numeric h-14! text-2xl! font-semibold" value={value} onChange={(e) => onChange(e.target.value)} />
          <select
            aria-label={t('wallet.currency')}
            className="h-14 w-24 shrink-0 rounded-xl border border-edge bg-sunken px-3 font-semibold"
            value={currency}
            onChange={(e) => onCurrency(e.target.value)}
          >
            {(currencies.includes(currency) ? currencies : [currency, ...currencies]).map((c) => (
              <option key={c}>{c}</option>
            ))}
          </select>
        </span>
      )}
    </Field>
  );
}

// useAmountError says what is wrong with a typed amount; undefined when nothing is.
export function useAmountError(): (value: string, currency: string, limits: { min?: Money; max?: Money } | undefined, available?: Money) => string | undefined {
  const { t } = useI18n();
  const format = useFormat();
  return (value, currency, limits, available) => {
    if (value.trim() === '') return t('form.amountRequired');
    const amount = readAmount(value, currency);
    if (!amount) return t('form.amountInvalid');
    const money = { amount, currency };
    if (limits && (compare(money, limits.min) < 0 || compare(money, limits.max) > 0)) {
      return t('form.amountRange', { min: format.money(limits.min), max: format.money(limits.max) });
    }
    if (available && compare(money, available) > 0) return t('form.amountBalance', { available: format.money(available) });
    return undefined;
  };
}
