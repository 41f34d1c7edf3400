'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { useId, useMemo, type ReactNode } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import type { Player } from '@/api/schema';
import { countries } from '@/features/auth/countries';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { Guarded, PageSkeleton, SignOutButton, useMe } from '@/session';
import { LocaleSelect, ThemeSelect } from '@/shell/footer';
import { Button } from '@/ui/button';
import { Select } from '@/ui/field';
import { PageTitle, Section } from '@/ui/section';
import { ErrorNotice, Failed, Loading } from '@/ui/states';
import { toast } from '@/ui/toast';

import { NotifySection } from './notify-section';

export function AccountPage() {
  return (
    <Guarded>
      <Account />
    </Guarded>
  );
}

function Account() {
  const { t } = useI18n();
  const me = useMe();
  return (
    <>
      <PageTitle title={t('account.title')} />
      {me.isPending ? (
        <Loading>
          <PageSkeleton />
        </Loading>
      ) : me.isError ? (
        <Failed error={me.error} retry={() => void me.refetch()} />
      ) : (
        <div className="flex max-w-3xl flex-col gap-5">
          <Profile me={me.data} />
          <NotifySection />
          <Section title={t('account.appearance')}>
            <div className="flex flex-wrap gap-3">
              <ThemeSelect />
            </div>
          </Section>
          <Link href="/account/security/" className="card flex items-center gap-4 p-5 hover:border-edge sm:p-6">
            <span className="flex-1">
              <span className="block text-lg font-semibold">{t('account.securityTitle')}</span>
              <span className="text-muted">{t('account.toSecurity')}</span>
            </span>
            <ChevronRight className="size-5 text-muted" aria-hidden="true" />
          </Link>
          <SignOutButton className="self-start">{t('nav.logOut')}</SignOutButton>
        </div>
      )}
    </>
  );
}

function Profile({ me }: { me: Player }) {
  const { t, locale } = useI18n();
  const format = useFormat();
  const client = useQueryClient();
  const update = useMutation({
    mutationFn: (body: { timeZone?: string; country?: string }) => unwrap(api.PATCH('/v1/me', { body })),
    onSuccess: (r) => {
      client.setQueryData(keys.me, r.player);
      toast(t('common.saved'));
    },
  });
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zoneId = useId();
  const countryId = useId();
  const unset = !me.country || me.country === 'XX';
  const list = useMemo(() => (unset ? countries(locale) : []), [unset, locale]);
  return (
    <Section title={t('account.profile')}>
      <dl className="divide-y divide-line">
        <Line label={t('account.email')}>{me.email || t('account.noEmail')}</Line>
        <Line label={unset ? <label htmlFor={countryId}>{t('account.country')}</label> : t('account.country')} hint={unset && t('account.countryLater')}>
          {unset ? (
            <Select id={countryId} value="" onChange={(e) => update.mutate({ country: e.target.value })}>
              <option value="">{t('auth.chooseCountry')}</option>
              {list.map((c) => (
                <option key={c.code} value={c.code}>
                  {c.name}
                </option>
              ))}
            </Select>
          ) : (
            <span>{new Intl.DisplayNames([locale, 'en'], { type: 'region' }).of(me.country ?? '')}</span>
          )}
        </Line>
        <Line label={t('account.language')} hint={t('account.languageHint')}>
          <LocaleSelect />
        </Line>
        <Line label={<label htmlFor={zoneId}>{t('account.timeZone')}</label>} hint={t('account.timeZoneHint')}>
          <Select id={zoneId} value={me.timeZone} onChange={(e) => update.mutate({ timeZone: e.target.value })}>
            {!zones.includes(me.timeZone ?? '') && <option>{me.timeZone}</option>}
            {zones.map((z) => (
              <option key={z}>{z}</option>
            ))}
          </Select>
          {here !== me.timeZone && (
            <Button variant="link" onClick={() => update.mutate({ timeZone: here })}>
              {t('account.timeZoneHere', { zone: here })}
            </Button>
          )}
        </Line>
        <Line label={t('account.since')}>{format.day(me.createdAt)}</Line>
      </dl>
      <ErrorNotice className="mt-4" error={update.error} />
    </Section>
  );
}

function Line({ label, hint, children }: { label: ReactNode; hint?: ReactNode; children: ReactNode }) {
  return (
    <div className="grid gap-x-6 gap-y-1 py-3.5 sm:grid-cols-[14rem_1fr] sm:items-center">
      <dt>
        <span className="font-medium">{label}</span>
        {hint && <span className="block text-sm text-muted">{hint}</span>}
      </dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}
