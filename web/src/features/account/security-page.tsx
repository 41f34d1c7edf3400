'use client';

import { useI18n } from '@/i18n/provider';
import { Guarded, PageSkeleton, useMe } from '@/session';
import { PageTitle } from '@/ui/section';
import { Failed, Loading } from '@/ui/states';

import { PasskeysSection } from './passkeys-section';
import { PasswordSection } from './password-section';
import { SecondFactorSection } from './second-factor-section';
import { SessionsSection } from './sessions-section';
import { TelegramSection } from './telegram-section';

export function SecurityPage() {
  return (
    <Guarded>
      <Security />
    </Guarded>
  );
}

function Security() {
  const { t } = useI18n();
  const me = useMe();
  return (
    <>
      <PageTitle title={t('account.securityTitle')} lead={t('account.securityLead')} />
      {me.isPending ? (
        <Loading>
          <PageSkeleton />
        </Loading>
      ) : me.isError ? (
        <Failed error={me.error} retry={() => void me.refetch()} />
      ) : (
        <div className="flex max-w-3xl flex-col gap-5">
          <SecondFactorSection me={me.data} />
          <PasskeysSection />
          <PasswordSection me={me.data} />
          <SessionsSection />
          <TelegramSection me={me.data} />
        </div>
      )}
    </>
  );
}
