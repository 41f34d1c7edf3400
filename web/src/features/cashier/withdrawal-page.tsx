'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { useEffect, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { useI18n } from '@/i18n/provider';
import { Guarded, PageSkeleton } from '@/session';
import { Button, ButtonLink } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Section } from '@/ui/section';
import { ErrorNotice, Failed, Loading } from '@/ui/states';
import { toast } from '@/ui/toast';

import { PaymentCard } from './payment-card';
import { reasonText, toneOf, withdrawalOpen, withdrawalState } from './payments';
import { Timeline } from './timeline';

export function WithdrawalPage() {
  const id = useSearchParams().get('id') ?? '';
  return (
    <Guarded>
      <div className="mx-auto flex max-w-xl flex-col gap-5">
        <Status id={id} />
      </div>
    </Guarded>
  );
}

function Status({ id }: { id: string }) {
  const { t, tryT } = useI18n();
  const client = useQueryClient();
  const withdrawal = useQuery({
    queryKey: keys.withdrawal(id),
    queryFn: () => unwrap(api.GET('/v1/withdrawals/{withdrawal_id}', { params: { path: { withdrawal_id: id } } })).then((r) => r.withdrawal ?? {}),
    refetchInterval: (q) => (withdrawalOpen(q.state.data) ? 3000 : false),
  });
  const state = withdrawal.data && withdrawalState(withdrawal.data);
  useEffect(() => {
    void client.invalidateQueries({ queryKey: keys.withdrawals });
  }, [state, client]);
  if (withdrawal.isPending) {
    return (
      <Loading>
        <PageSkeleton />
      </Loading>
    );
  }
  if (withdrawal.isError) return <Failed error={withdrawal.error} retry={() => void withdrawal.refetch()} />;
  const w = withdrawal.data;
  return (
    <>
      <PaymentCard title={t('cashier.withdrawalStatus')} amount={w.amount} state={tryT(`withdrawalState.${state}`) ?? state} tone={toneOf(state ?? '')}>
        {w.reason && <p className="max-w-md text-sm text-muted">{t('cashier.reason', { reason: reasonText(w.reason, tryT) })}</p>}
        {w.bankAccount?.iban && <p className="font-mono text-sm text-muted">{t('cashier.toBank', { iban: w.bankAccount.iban })}</p>}
        {state === 'AWAITING_APPROVAL' && (w.approvalsNeeded ?? 0) > 0 && (
          <p className="text-sm text-muted">{t('cashier.approvals', { given: w.approvals?.length ?? 0, needed: w.approvalsNeeded ?? 0 })}</p>
        )}
        <div className="mt-3 flex flex-wrap justify-center gap-3">
          <ButtonLink href="/cashier/" variant="secondary">
            {t('cashier.backToWallet')}
          </ButtonLink>
          {state === 'AWAITING_APPROVAL' && <Cancel id={id} onDone={() => void withdrawal.refetch()} />}
        </div>
      </PaymentCard>
      <Section title={t('cashier.timeline')}>
        <Timeline kind="withdrawal" steps={w.timeline ?? []} />
      </Section>
    </>
  );
}

function Cancel({ id, onDone }: { id: string; onDone: () => void }) {
  const { t } = useI18n();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const cancel = useMutation({
    mutationFn: () => unwrap(api.POST('/v1/withdrawals/{withdrawal_id}:cancel', { params: { path: { withdrawal_id: id } }, body: {} })),
    onSuccess: () => {
      setOpen(false);
      toast(t('cashier.cancelled'));
      void client.invalidateQueries({ queryKey: keys.balances });
      onDone();
    },
  });
  return (
    <>
      <Button variant="danger" onClick={() => setOpen(true)}>
        {t('cashier.cancelWithdrawal')}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t('cashier.cancelTitle')} description={t('cashier.cancelLead')}>
        <ErrorNotice className="mb-4" error={cancel.error} />
        <div className="grid grid-cols-2 gap-2.5">
          <Button variant="secondary" onClick={() => setOpen(false)}>
            {t('cashier.cancelKeep')}
          </Button>
          <Button variant="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
            {t('cashier.cancelWithdrawal')}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
