'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { useEffect } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { Guarded, PageSkeleton } from '@/session';
import { Button, ButtonLink } from '@/ui/button';
import { Section } from '@/ui/section';
import { Failed, Loading, Notice } from '@/ui/states';

import { PaymentCard } from './payment-card';
import { depositOpen, depositState, reasonText, toneOf } from './payments';
import { Timeline } from './timeline';

export function DepositStatusPage() {
  const query = useSearchParams();
  return (
    <Guarded>
      <div className="mx-auto flex max-w-xl flex-col gap-5">
        <Status id={query.get('deposit') ?? ''} cancelled={query.get('cancelled') === '1'} />
      </div>
    </Guarded>
  );
}

// Status is where the provider's page returns people to. The payment itself is reported by the provider and may be a moment behind them.
function Status({ id, cancelled }: { id: string; cancelled: boolean }) {
  const { t, tryT } = useI18n();
  const format = useFormat();
  const client = useQueryClient();
  const deposit = useQuery({
    queryKey: keys.deposit(id),
    queryFn: () => unwrap(api.GET('/v1/deposits/{deposit_id}', { params: { path: { deposit_id: id } } })).then((r) => r.deposit ?? {}),
    refetchInterval: (q) => (depositOpen(q.state.data) ? 1500 : false),
  });
  const state = deposit.data && depositState(deposit.data);
  useEffect(() => {
    if (state !== 'CAPTURED') return;
    void client.invalidateQueries({ queryKey: keys.balances });
    void client.invalidateQueries({ queryKey: keys.deposits });
  }, [state, client]);

  if (deposit.isPending) {
    return (
      <Loading>
        <PageSkeleton />
      </Loading>
    );
  }
  if (deposit.isError) return <Failed error={deposit.error} retry={() => void deposit.refetch()} />;
  const d = deposit.data;
  return (
    <>
      <PaymentCard title={t('cashier.depositStatus')} amount={d.amount} state={tryT(`depositState.${state}`) ?? state} tone={toneOf(state ?? '')}>
        {d.instrument && <p className="text-sm text-muted">{t('cashier.paidWith', { instrument: d.instrument })}</p>}
        {d.failureCode && <p className="text-sm text-muted">{reasonText(d.failureCode, tryT)}</p>}
        <div className="mt-3 flex flex-wrap justify-center gap-3">
          {state === 'CAPTURED' && <ButtonLink href="/">{t('cashier.play')}</ButtonLink>}
          {state === 'PENDING' && d.redirectUrl && <Button onClick={() => window.location.assign(d.redirectUrl ?? '')}>{t('cashier.payNow')}</Button>}
          {(state === 'DECLINED' || state === 'EXPIRED') && <ButtonLink href="/cashier/deposit/">{t('cashier.again')}</ButtonLink>}
          <ButtonLink href="/cashier/" variant="secondary">
            {t('cashier.backToWallet')}
          </ButtonLink>
        </div>
      </PaymentCard>
      {cancelled && state === 'PENDING' && <Notice tone="warning">{t('cashier.notPaid', { time: format.clock(d.expiresAt) })}</Notice>}
      <Section title={t('cashier.timeline')}>
        <Timeline kind="deposit" steps={d.timeline ?? []} />
      </Section>
    </>
  );
}
