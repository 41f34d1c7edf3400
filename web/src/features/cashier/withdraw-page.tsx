'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Landmark, Undo2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useRef, useState, type FormEvent } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { useBalance, useCurrency } from '@/balances';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { readAmount } from '@/money';
import { Guarded, PageSkeleton, useMe } from '@/session';
import { Button, ButtonLink } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { PageTitle } from '@/ui/section';
import { ErrorNotice, Failed, Loading, Notice } from '@/ui/states';

import { AmountField, useAmountError } from './amount-field';
import { Choice } from './choice';
import { compactIban, validIban } from './iban';
import { withdrawalPath } from './payments';
import { currenciesOf, limitsOf, useMethods } from './use-methods';

export function WithdrawPage() {
  const { t } = useI18n();
  return (
    <Guarded>
      <div className="mx-auto max-w-xl">
        <PageTitle title={t('cashier.withdrawTitle')} lead={t('cashier.withdrawLead')} />
        <Withdraw />
      </div>
    </Guarded>
  );
}

function Withdraw() {
  const { t } = useI18n();
  const format = useFormat();
  const router = useRouter();
  const client = useQueryClient();
  const methods = useMethods();
  const { data: me } = useMe();
  const balance = useBalance();
  const [currency, setCurrency] = useCurrency();
  const [amount, setAmount] = useState('');
  const [to, setTo] = useState<'source' | 'bank'>('source');
  const [iban, setIban] = useState('');
  const [holder, setHolder] = useState('');
  const [tried, setTried] = useState(false);
  const errorOf = useAmountError();
  const key = useRef({ wish: '', id: '' });
  const ways = (methods.data ?? []).filter((m) => m.withdrawals);
  const limits = limitsOf(to === 'bank' ? ways.find((m) => m.methodId === 'bank') : (ways.find((m) => m.methodId?.startsWith('source:')) ?? ways[0]), currency);
  const wrong = errorOf(amount, currency, limits, balance?.available);
  const wrongIban = to === 'bank' && !validIban(iban) ? t('form.ibanInvalid') : undefined;
  const wrongHolder = to === 'bank' && holder.trim() === '' ? t('form.holderRequired') : undefined;

  const request = useMutation({
    mutationFn: () => {
      const bank = to === 'bank' ? { iban: compactIban(iban), holder: holder.trim() } : undefined;
      const money = { amount: readAmount(amount, currency) ?? '', currency };
      const wish = JSON.stringify([money, to, bank]);
      if (key.current.wish !== wish) key.current = { wish, id: crypto.randomUUID() };
      return unwrap(
        api.POST('/v1/withdrawals', {
          body: {
            requestId: key.current.id,
            amount: money,
            destination: to === 'bank' ? 'DESTINATION_KIND_BANK' : 'DESTINATION_KIND_SOURCE',
            bankAccount: bank,
          },
        }),
      );
    },
    onSuccess: (r) => {
      void client.invalidateQueries({ queryKey: keys.balances });
      void client.invalidateQueries({ queryKey: keys.withdrawals });
      router.push(withdrawalPath(r.withdrawal?.withdrawalId));
    },
    onError: (error) => {
      if (!('transient' in error && error.transient)) key.current = { wish: '', id: '' };
    },
  });

  if (methods.isPending || !balance) {
    return (
      <Loading>
        <PageSkeleton />
      </Loading>
    );
  }
  if (methods.isError) return <Failed error={methods.error} retry={() => void methods.refetch()} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!wrong && !wrongIban && !wrongHolder) request.mutate();
  };
  return (
    <form noValidate onSubmit={submit} className="card flex flex-col gap-6 p-5 sm:p-7">
      {me && !me.totpEnrolled && !me.passkeys && (
        <Notice tone="warning">
          <p>{t('cashier.needsFactor')}</p>
          <ButtonLink href="/account/security/" size="sm" className="mt-2">
            {t('stepUp.setUp')}
          </ButtonLink>
        </Notice>
      )}
      <div className="flex flex-col gap-2">
        <AmountField value={amount} onChange={setAmount} currency={currency} currencies={currenciesOf(ways)} onCurrency={setCurrency} limits={limits} error={tried ? wrong : undefined} />
        <p className="flex items-center justify-between text-sm text-muted">
          <span className="numeric">{t('cashier.available', { amount: format.money(balance.available) })}</span>
          <Button variant="link" className="text-sm" onClick={() => setAmount(balance.available?.amount ?? '')}>
            {t('cashier.everything')}
          </Button>
        </p>
      </div>
      <fieldset className="flex flex-col gap-2.5">
        <legend className="mb-2 text-sm font-medium">{t('cashier.destination')}</legend>
        {ways.some((m) => m.methodId?.startsWith('source:')) && (
          <Choice name="to" value="source" checked={to === 'source'} onChoose={() => setTo('source')} icon={<Undo2 />} title={t('cashier.source')} hint={t('cashier.sourceHint')} />
        )}
        {ways.some((m) => m.methodId === 'bank') && (
          <Choice name="to" value="bank" checked={to === 'bank'} onChoose={() => setTo('bank')} icon={<Landmark />} title={t('cashier.bank')} hint={t('cashier.bankHint')} />
        )}
      </fieldset>
      {to === 'bank' && (
        <>
          <Field label={t('cashier.iban')} error={tried ? wrongIban : undefined}>
            {(ids) => <Input {...ids} autoComplete="off" autoCapitalize="characters" spellCheck={false} className="font-mono" maxLength={42} value={iban} onChange={(e) => setIban(e.target.value)} />}
          </Field>
          <Field label={t('cashier.holder')} hint={t('cashier.holderHint')} error={tried ? wrongHolder : undefined}>
            {(ids) => <Input {...ids} autoComplete="name" maxLength={140} value={holder} onChange={(e) => setHolder(e.target.value)} />}
          </Field>
        </>
      )}
      <ErrorNotice error={request.error} />
      <Button type="submit" size="lg" wide busy={request.isPending || request.isSuccess}>
        {t('cashier.requestWithdrawal')}
      </Button>
    </form>
  );
}
