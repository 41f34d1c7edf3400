'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { bare } from '@/api/enum';
import { keys } from '@/api/keys';
import type { NotificationPreference } from '@/api/schema';
import { useI18n } from '@/i18n/provider';
import { Section } from '@/ui/section';
import { ErrorNotice, Failed, Loading, Skeleton } from '@/ui/states';

// NotifySection is how the player wants to be told. What concerns security is always told.
export function NotifySection() {
  const { t, tryT } = useI18n();
  const client = useQueryClient();
  const preferences = useQuery({ queryKey: keys.preferences, queryFn: () => unwrap(api.GET('/v1/me/notification-preferences')).then((r) => r.preferences ?? []) });
  const update = useMutation({
    mutationFn: (change: NotificationPreference) => unwrap(api.PUT('/v1/me/notification-preferences', { body: { preferences: [change] } })),
    onSuccess: (r) => client.setQueryData(keys.preferences, r.preferences),
  });
  return (
    <Section title={t('account.notify')} lead={t('account.notifyLead')}>
      {preferences.isPending ? (
        <Loading>
          <Skeleton className="h-32" />
        </Loading>
      ) : preferences.isError ? (
        <Failed error={preferences.error} retry={() => void preferences.refetch()} />
      ) : (
        <ul className="divide-y divide-line">
          {preferences.data.map((p) => {
            const category = bare(p.category, 'NOTIFICATION_CATEGORY_');
            const name = tryT(`account.notify${category}`) ?? category;
            const always = category === 'SECURITY';
            return (
              <li key={p.category} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-3">
                <span>
                  {name}
                  {always && <span className="block text-sm text-muted">{t('account.notifyAlways')}</span>}
                </span>
                <span className="flex gap-6">
                  {(['inbox', 'mail'] as const).map((way) => (
                    <label key={way} className="flex items-center gap-2 text-sm">
                      <input
                        type="checkbox"
                        className="size-5 accent-(--primary)"
                        aria-label={`${name}: ${t(way === 'inbox' ? 'account.notifyHere' : 'account.notifyMail')}`}
                        checked={p[way] ?? true}
                        disabled={always || update.isPending}
                        onChange={(e) => update.mutate({ category: p.category, inbox: p.inbox ?? true, mail: p.mail ?? true, [way]: e.target.checked })}
                      />
                      <span aria-hidden="true">{t(way === 'inbox' ? 'account.notifyHere' : 'account.notifyMail')}</span>
                    </label>
                  ))}
                </span>
              </li>
            );
          })}
        </ul>
      )}
      <ErrorNotice className="mt-4" error={update.error} />
    </Section>
  );
}
