'use client';

import { ChevronDown } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';

import { bare } from '@/api/enum';
import type { Entry } from '@/api/schema';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { signOf } from '@/money';
import { cn } from '@/ui/cn';

export const roundPath = (id: string): string => `/bets/round/?id=${encodeURIComponent(id)}`;

// EntryRow is one movement of money; what it came from opens below it.
export function EntryRow({ entry, showAccount }: { entry: Entry; showAccount: boolean }) {
  const { t, tryT } = useI18n();
  const format = useFormat();
  const ref = entry.reference;
  const account = tryT(`accountKind.${bare(entry.account, 'ACCOUNT_KIND_')}`);
  return (
    <details className="group" data-testid="entry">
      <summary className="flex list-none items-center gap-3 px-4 py-3 hover:bg-raised sm:px-5 [&::-webkit-details-marker]:hidden">
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium">
            {tryT(`entry.${bare(entry.type, 'ENTRY_TYPE_')}`) ?? t('entry.UNSPECIFIED')}
            {showAccount && account && <span className="font-normal text-muted"> · {account}</span>}
          </p>
          <p className="text-sm text-muted">{format.precise(entry.createdAt)}</p>
        </div>
        <div className="text-right">
          <p className={cn('numeric font-semibold', signOf(entry.amount) > 0 && 'text-positive')}>{format.signed(entry.amount)}</p>
          <p className="numeric text-sm text-muted">{t('wallet.balanceAfter', { amount: format.money(entry.balanceAfter) })}</p>
        </div>
        <ChevronDown className="size-4 shrink-0 text-muted transition-transform group-open:rotate-180" aria-hidden="true" />
      </summary>
      <dl className="grid gap-x-6 gap-y-2 border-t border-line bg-sunken px-4 py-3 text-sm sm:grid-cols-2 sm:px-5">
        <Id label={t('wallet.operation')}>{entry.operationId}</Id>
        {ref?.sourceId && <Id label={t('wallet.reference')}>{ref.sourceId}</Id>}
        {ref?.roundId && (
          <Id label={t('wallet.round')}>
            <Link href={roundPath(ref.roundId)} className="text-primary underline underline-offset-4">
              {t('wallet.showRound')}
            </Link>
          </Id>
        )}
        {entry.grantId && <Id label={t('wallet.grant')}>{entry.grantId}</Id>}
        <Id label={t('wallet.entry')}>{entry.entryId}</Id>
      </dl>
    </details>
  );
}

function Id({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="truncate font-mono text-[0.8125rem]">{children}</dd>
    </div>
  );
}
