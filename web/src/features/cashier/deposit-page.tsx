'use client';

import { useMutation } from '@tanstack/react-query';
import { CreditCard } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';

import { api, unwrap } from '@/api/client';
import { useCurrency } from '@/balances';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { compare, readAmount } from '@/money';
import { Guarded, PageSkeleton } from '@/session';
import { Button } from '@/ui/button';
import { PageTitle } from '@/ui/section';
import { Empty, ErrorNotice, Failed, Loading } from '@/ui/states';

import { AmountField, useAmountError } from './amount-field';
import { Choice } from './choice';
import { currenciesOf, limitsOf, useMethods } from './use-methods';

export function DepositPage() {
  const { t } = useI18n();
  return (
    <Guarded>
      <div className="mx-auto max-w-xl">
        <PageTitle title={t('cashier.depositTitle')} lead={t('cashier.depositLead')} />
        <Deposit />
      </div>
    </Guarded>
  );
}

const quick = ['20', '50', '100', '250'];

function Deposit() {
  const { t } = useI18n();
  const format = useFormat();
  const methods = useMethods();
  const [currency, setCurrency] = useCurrency();
  const [amount, setAmount] = useState('');
  const [chosen, setChosen] = useState('');
  const [tried, setTried] = useState(false);
  const errorOf = useAmountError();
  const ways = (methods.data ?? []).filter((m) => m.deposits);
  const method = ways.find((m) => m.methodId === chosen) ?? ways[0];
  const limits = limitsOf(method, currency);
  const wrong = errorOf(amount, currency, limits);
  // One key for one wish: a repetition after an answer that got lost must not become a second deposit.
  const key = useRef({ wish: '', id: '' });

  const create = useMutation({
    mutationFn: () => {
      const wish = `${method?.methodId} ${readAmount(amount, currency)} ${currency}`;
      if (key.current.wish !== wish) key.current = { wish, id: crypto.randomUUID() };
      return unwrap(
        api.POST('/v1/deposits', {
          body: {
            requestId: key.current.id,
            methodId: method?.methodId ?? '',
            amount: { amount: readAmount(amount, currency) ?? '', currency },
            returnUrl: `${window.location.origin}/cashier/deposit/status/`,
          },
        }),
      );
    },
    onSuccess: (r) => {
      if (r.deposit?.redirectUrl) window.location.assign(r.deposit.redirectUrl);
    },
    // A refusal is an answer: the next try is a new wish.
    onError: (error) => {
      if (!('transient' in error && error.transient)) key.current = { wish: '', id: '' };
    },
  });

  if (methods.isPending) {
    return (
      <Loading>
        <PageSkeleton />
      </Loading>
    );
  }
  if (methods.isError) return <Failed error={methods.error} retry={() => void methods.refetch()} />;
  if (!method) {
    return <Empty title={t('cashier.noMethods')}>{t('cashier.noMethodsLead')}</Empty>;
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!wrong) create.mutate();
  };
  const offered = quick.filter((q) => compare({ amount: q, currency }, limits?.min) >= 0 && compare({ amount: q, currency }, limits?.max) <= 0);
  return (
    <form noValidate onSubmit={submit} className="card flex flex-col gap-6 p-5 sm:p-7">
      <div className="flex flex-col gap-3">
        <AmountField value={amount} onChange={setAmount} currency={currency} currencies={currenciesOf(ways)} onCurrency={setCurrency} limits={limits} error={tried ? wrong : undefined} />
        {offered.length > 0 && (
          <div className="grid grid-cols-4 gap-2">
            {offered.map((q) => (
              <Button key={q} variant="secondary" size="sm" className="numeric px-1!" aria-pressed={readAmount(amount, currency) === q} onClick={() => setAmount(q)}>
                {format.money({ amount: q, currency })}
              </Button>
            ))}
          </div>
        )}
      </div>
      <fieldset className="flex flex-col gap-2.5">
        <legend className="mb-2 text-sm font-medium">{t('cashier.method')}</legend>
        {ways.map((m) => (
          <Choice
            key={m.methodId}
            name="method"
            value={m.methodId ?? ''}
            checked={m === method}
            onChoose={() => setChosen(m.methodId ?? '')}
            icon={<CreditCard />}
            title={m.name}
            hint={t('cashier.feeNone')}
          />
        ))}
      </fieldset>
      <ErrorNotice error={create.error} />
      <Button type="submit" size="lg" wide busy={create.isPending || create.isSuccess}>
        {t(create.isSuccess ? 'cashier.redirecting' : 'cashier.continueToPay')}
      </Button>
    </form>
  );
}
