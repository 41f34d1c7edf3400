'use client';

import { useQuery } from '@tanstack/react-query';
import { Bell } from 'lucide-react';
import Link from 'next/link';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';

// InboxBell tells how many messages wait. Pushes keep it current.
export function InboxBell() {
  const { t } = useI18n();
  const format = useFormat();
  const { data: unread = 0 } = useQuery({
    queryKey: [...keys.inbox, 'unread'],
    queryFn: () => unwrap(api.GET('/v1/inbox', { params: { query: { unreadOnly: true, 'page.size': 1 } } })).then((r) => r.unread ?? 0),
    staleTime: 60_000,
  });
  return (
    <Link
      href="/inbox/"
      aria-label={unread > 0 ? t('nav.inboxUnread', { count: unread }) : t('nav.inbox')}
      className="relative grid size-11 shrink-0 place-items-center rounded-xl text-muted hover:bg-raised hover:text-text"
    >
      <Bell className="size-5.5" strokeWidth={1.75} aria-hidden="true" />
      {unread > 0 && (
        <span data-testid="unread" aria-hidden="true" className="numeric absolute top-1 right-0.5 min-w-4.5 rounded-full bg-primary px-1 text-center text-[0.6875rem] leading-4.5 font-bold text-on-primary">
          {unread > 99 ? '99+' : format.number(unread)}
        </span>
      )}
    </Link>
  );
}
