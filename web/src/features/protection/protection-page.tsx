'use client';

import { useQuery } from '@tanstack/react-query';
import { HeartHandshake, ShieldCheck } from 'lucide-react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { useBalance } from '@/balances';
import { useI18n } from '@/i18n/provider';
import { Guarded } from '@/session';
import { PageTitle, Section } from '@/ui/section';
import { Empty, Failed, Loading, Skeleton } from '@/ui/states';

import { ActivitySection } from './activity-section';
import { GuardCard } from './guard-card';

export function ProtectionPage() {
  const { t } = useI18n();
  return (
    <Guarded>
      <PageTitle title={t('protection.title')} lead={t('protection.lead')} />
      <div className="flex flex-col gap-8">
        <Guards />
        <ActivitySection />
        <Section
          title={
            <span className="flex items-center gap-2.5">
              <HeartHandshake className="size-5 text-primary" aria-hidden="true" />
              {t('protection.help')}
            </span>
          }
          lead={t('protection.helpLead')}
        />
      </div>
    </Guarded>
  );
}

// Guards are read from the wallet, which enforces them: the page cannot show anything else than what holds.
function Guards() {
  const { t } = useI18n();
  const version = useBalance()?.version ?? '';
  const guards = useQuery({
    queryKey: [...keys.guards, version],
    queryFn: () => unwrap(api.GET('/v1/wallet/guards')).then((r) => r.guards ?? []),
    placeholderData: (before) => before,
  });
  if (guards.isPending) {
    return (
      <Loading>
        <div className="grid gap-4 md:grid-cols-2">
          <Skeleton className="h-44 rounded-card" />
          <Skeleton className="h-44 rounded-card" />
        </div>
      </Loading>
    );
  }
  if (guards.isError) return <Failed error={guards.error} retry={() => void guards.refetch()} />;
  if (guards.data.length === 0) {
    return (
      <Empty title={t('protection.none')} icon={<ShieldCheck aria-hidden="true" />}>
        {t('protection.noneLead')}
      </Empty>
    );
  }
  return (
    <ul className="grid gap-4 md:grid-cols-2">
      {guards.data.map((g) => (
        <GuardCard key={g.guardId} guard={g} />
      ))}
    </ul>
  );
}
