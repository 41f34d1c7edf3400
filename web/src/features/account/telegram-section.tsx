'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { useEffect } from 'react';

import { api, unwrap } from '@/api/client';
import { isReason } from '@/api/errors';
import { keys } from '@/api/keys';
import type { Player } from '@/api/schema';
import { useI18n } from '@/i18n/provider';
import { Button } from '@/ui/button';
import { Section } from '@/ui/section';
import { Badge, ErrorNotice, Notice } from '@/ui/states';

// TelegramSection links a Telegram account. The player confirms in the chat; the page asks whether that has happened.
export function TelegramSection({ me }: { me: Player }) {
  const { t } = useI18n();
  const client = useQueryClient();
  const create = useMutation({ mutationFn: () => unwrap(api.POST('/v1/me/telegram-link', { body: {} })) });
  const link = useQuery({
    queryKey: keys.telegramLink,
    queryFn: () => unwrap(api.GET('/v1/me/telegram-link')),
    enabled: create.isSuccess && !me.telegramId,
    refetchInterval: (q) => (['WAITING', 'STARTED', undefined].includes(q.state.data?.state) ? 2_000 : false),
  });
  const state = link.data?.state;
  useEffect(() => {
    if (state === 'LINKED') void client.invalidateQueries({ queryKey: keys.me });
  }, [state, client]);

  if (me.telegramId) {
    return (
      <Section title={t('security.telegram')} lead={t('security.telegramLinked', { id: me.telegramId })} aside={<Badge tone="positive">{t('security.totpOn')}</Badge>} />
    );
  }
  // Without an integration there is nothing to link to.
  if (isReason(create.error, 'TELEGRAM_NOT_CONFIGURED')) return null;
  const over = state === 'REFUSED' || state === 'EXPIRED';
  return (
    <Section title={t('security.telegram')} lead={t('security.telegramLead')}>
      {create.data?.url && !over ? (
        <div className="flex flex-col items-start gap-3">
          <Notice role="status">{t('security.telegramWaiting')}</Notice>
          <a href={create.data.url} target="_blank" rel="noopener noreferrer" className="inline-flex h-11 items-center gap-2 rounded-xl bg-primary px-4 font-semibold text-on-primary hover:bg-primary-strong">
            <ExternalLink className="size-4" aria-hidden="true" />
            {t('security.telegramOpen')}
          </a>
        </div>
      ) : (
        <div className="flex flex-col items-start gap-3">
          {over && <Notice tone="warning">{t(state === 'REFUSED' ? 'security.telegramRefused' : 'security.telegramExpired')}</Notice>}
          <Button
            variant="secondary"
            busy={create.isPending}
            onClick={() => {
              client.removeQueries({ queryKey: keys.telegramLink });
              create.mutate();
            }}
          >
            {t('security.telegramLink')}
          </Button>
        </div>
      )}
      <ErrorNotice className="mt-4" error={create.error} />
    </Section>
  );
}
