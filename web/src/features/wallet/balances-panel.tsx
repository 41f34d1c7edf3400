'use client';

import { ArrowDownToLine, ArrowUpFromLine } from 'lucide-react';
import type { ReactNode } from 'react';

import type { Balance, Money } from '@/api/schema';
import { useBalances, useCurrency } from '@/balances';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { signOf } from '@/money';
import { ButtonLink } from '@/ui/button';
import { cn } from '@/ui/cn';
import { Failed, Loading, Skeleton } from '@/ui/states';

// BalancesPanel shows what there is in each currency; the one that is played in comes first and large.
export function BalancesPanel() {
  const { t } = useI18n();
  const balances = useBalances();
  const [currency, choose] = useCurrency();
  if (balances.isPending) {
    return (
      <Loading>
        <Skeleton className="h-52 rounded-3xl" />
      </Loading>
    );
  }
  if (balances.isError) return <Failed error={balances.error} retry={() => void balances.refetch()} />;
  const main = balances.data.find((b) => b.available?.currency === currency) ?? { available: { amount: '0', currency } };
  const others = balances.data.filter((b) => b !== main);
  return (
    <div className="flex flex-col gap-4">
      <Main balance={main} />
      {others.length > 0 && (
        <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
          {others.map((b) => (
            <li key={b.available?.currency} className="card flex items-center gap-3 p-4">
              <OtherAmount balance={b} />
              <button type="button" className="ml-auto text-sm font-semibold text-primary underline underline-offset-4" onClick={() => choose(b.available?.currency ?? currency)}>
                {t('wallet.use', { currency: b.available?.currency ?? '' })}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function OtherAmount({ balance }: { balance: Balance }) {
  const format = useFormat();
  return (
    <div>
      <p className="text-xs text-muted">{balance.available?.currency}</p>
      <p className="numeric font-semibold">{format.money(balance.available)}</p>
    </div>
  );
}

function Main({ balance }: { balance: Balance }) {
  const { t } = useI18n();
  const format = useFormat();
  const owed = signOf(balance.owed) !== 0;
  return (
    <div className="overflow-hidden rounded-3xl border border-line bg-felt text-on-felt">
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-5 p-6 sm:p-8">
        <div>
          <p className="text-sm text-on-felt/80">{t('wallet.available')}</p>
          <p className="numeric mt-1 text-4xl font-semibold tracking-tight sm:text-5xl" data-testid="available">
            {format.money(balance.available)}
          </p>
          <p className="mt-1 text-sm text-on-felt/80">{t('wallet.availableHint')}</p>
        </div>
        <div className="flex w-full flex-wrap gap-3 sm:w-auto">
          <ButtonLink href="/cashier/deposit/" size="lg" variant="brass" className="flex-1">
            <ArrowDownToLine className="size-5" aria-hidden="true" />
            {t('nav.deposit')}
          </ButtonLink>
          <ButtonLink href="/cashier/withdraw/" size="lg" variant="onFelt" className="flex-1">
            <ArrowUpFromLine className="size-5" aria-hidden="true" />
            {t('nav.withdraw')}
          </ButtonLink>
        </div>
      </div>
      <dl className={cn('grid border-t border-white/10 bg-black/15', owed ? 'grid-cols-2 sm:grid-cols-3' : 'grid-cols-2')}>
        <Figure label={t('wallet.held')} hint={t('wallet.heldHint')} money={balance.held} currency={balance.available?.currency} testid="held" />
        <Figure label={t('wallet.bonus')} hint={t('wallet.bonusHint')} money={balance.bonus} currency={balance.available?.currency} testid="bonus">
          {signOf(balance.heldBonus) > 0 && `${t('wallet.heldBonus')}: ${format.money(balance.heldBonus)}`}
        </Figure>
        {owed && <Figure label={t('wallet.owed')} hint={t('wallet.owedHint')} money={balance.owed} currency={balance.available?.currency} testid="owed" />}
      </dl>
    </div>
  );
}

function Figure({ label, hint, money, currency, testid, children }: { label: string; hint: string; money: Money | undefined; currency: string | undefined; testid: string; children?: ReactNode }) {
  const format = useFormat();
  return (
    <div className="border-white/10 px-6 py-4 not-first:border-l sm:px-8">
      <dt className="text-sm text-on-felt/80">{label}</dt>
      <dd>
        <span className="numeric text-lg font-semibold" data-testid={testid}>
          {format.money(money ?? { amount: '0', currency })}
        </span>
        <span className="hidden text-xs text-on-felt/75 sm:block">{hint}</span>
        {children && <span className="block text-xs text-on-felt/80">{children}</span>}
      </dd>
    </div>
  );
}
