'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Monitor, Smartphone } from 'lucide-react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { Button } from '@/ui/button';
import { Section } from '@/ui/section';
import { Badge, ErrorNotice, Failed, Loading, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toast';

import { browserName, isPhone } from './browser-name';

export function SessionsSection() {
  const { t } = useI18n();
  const format = useFormat();
  const client = useQueryClient();
  const sessions = useQuery({ queryKey: keys.sessions, queryFn: () => unwrap(api.GET('/v1/me/sessions')).then((r) => r.sessions ?? []) });
  const refresh = () => client.invalidateQueries({ queryKey: keys.sessions });
  const revoke = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/v1/me/sessions/{session_id}', { params: { path: { session_id: id } } })),
    onSuccess: () => toast(t('security.sessionEnded')),
    onSettled: refresh,
  });
  const others = useMutation({
    mutationFn: () => unwrap(api.POST('/v1/me/sessions:revokeOthers', { body: {} })),
    onSuccess: (r) => toast(t('security.sessionsEnded', { count: r.sessionsEnded ?? 0 })),
    onSettled: refresh,
  });
  const list = sessions.data ?? [];
  return (
    <Section
      title={t('security.sessions')}
      lead={t('security.sessionsLead')}
      aside={
        list.length > 1 && (
          <Button variant="secondary" size="sm" busy={others.isPending} onClick={() => others.mutate()}>
            {t('security.sessionsEndOthers')}
          </Button>
        )
      }
    >
      {sessions.isPending ? (
        <Loading>
          <Skeleton className="h-14" />
        </Loading>
      ) : sessions.isError ? (
        <Failed error={sessions.error} retry={() => void sessions.refetch()} />
      ) : (
        <ul className="divide-y divide-line" data-testid="sessions">
          {list.map((s) => {
            const name = browserName(s.userAgent ?? '') ?? t('security.unknownBrowser');
            const Icon = isPhone(s.userAgent ?? '') ? Smartphone : Monitor;
            return (
              <li key={s.sessionId} className="flex items-center gap-4 py-3.5">
                <Icon className="size-6 shrink-0 text-muted" strokeWidth={1.5} aria-hidden="true" />
                <div className="min-w-0 flex-1">
                  <p className="flex flex-wrap items-center gap-2 font-medium">
                    {name}
                    {s.current && <Badge tone="positive">{t('security.sessionHere')}</Badge>}
                  </p>
                  <p className="text-sm text-muted">
                    {s.ip} · {t('security.sessionSeen', { time: format.moment(s.lastSeenAt) })} · {t('security.sessionBegan', { time: format.moment(s.createdAt) })}
                  </p>
                </div>
                {!s.current && (
                  <Button variant="secondary" size="sm" aria-label={t('security.sessionEndNamed', { browser: name })} busy={revoke.isPending && revoke.variables === s.sessionId} onClick={() => revoke.mutate(s.sessionId ?? '')}>
                    {t('security.sessionEnd')}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      <ErrorNotice className="mt-4" error={revoke.error ?? others.error} />
    </Section>
  );
}
