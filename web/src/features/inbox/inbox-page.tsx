'use client';

import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Bell, ChevronRight } from 'lucide-react';
import Link from 'next/link';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import type { InboxMessage } from '@/api/schema';
import { RowsSkeleton } from '@/features/wallet/history';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { Guarded } from '@/session';
import { Button, ButtonLink } from '@/ui/button';
import { cn } from '@/ui/cn';
import { PageTitle } from '@/ui/section';
import { Badge, Empty, ErrorNotice, Failed } from '@/ui/states';

import { placeOf, useMessageText } from './message-text';

export function InboxPage() {
  return (
    <Guarded>
      <Inbox />
    </Guarded>
  );
}

function Inbox() {
  const { t } = useI18n();
  const client = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: [...keys.inbox, 'all'],
    queryFn: ({ pageParam }) => unwrap(api.GET('/v1/inbox', { params: { query: { 'page.size': 30, 'page.token': pageParam } } })),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextToken || undefined,
  });
  const mark = useMutation({
    mutationFn: (messageIds: string[]) => unwrap(api.POST('/v1/inbox:markRead', { body: { messageIds } })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.inbox }),
  });
  const messages = list.data?.pages.flatMap((p) => p.messages ?? []) ?? [];
  const unread = list.data?.pages[0]?.unread ?? 0;
  return (
    <div className="mx-auto max-w-3xl">
      <PageTitle
        title={t('inbox.title')}
        lead={t('inbox.lead')}
        actions={
          <>
            <ButtonLink href="/account/" variant="secondary" size="sm">
              {t('inbox.settings')}
            </ButtonLink>
            {unread > 0 && (
              <Button variant="secondary" size="sm" busy={mark.isPending} onClick={() => mark.mutate([])}>
                {t('inbox.readAll')}
              </Button>
            )}
          </>
        }
      />
      <ErrorNotice className="mb-4" error={mark.error} />
      {list.isPending ? (
        <RowsSkeleton />
      ) : list.isError ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : messages.length === 0 ? (
        <Empty title={t('inbox.none')} icon={<Bell aria-hidden="true" />}>
          {t('inbox.noneLead')}
        </Empty>
      ) : (
        <>
          <ul className="card divide-y divide-line overflow-hidden">
            {messages.map((m) => (
              <li key={m.messageId}>
                <Message message={m} onOpen={() => m.messageId && !m.readAt && mark.mutate([m.messageId])} />
              </li>
            ))}
          </ul>
          {list.hasNextPage && (
            <div className="mt-4 flex justify-center">
              <Button variant="secondary" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('common.more')}
              </Button>
            </div>
          )}
        </>
      )}
    </div>
  );
}

function Message({ message, onOpen }: { message: InboxMessage; onOpen: () => void }) {
  const { t } = useI18n();
  const format = useFormat();
  const text = useMessageText();
  const place = placeOf(message);
  const body = (
    <>
      <span className="min-w-0 flex-1">
        <span className={cn('block', !message.readAt && 'font-semibold')}>{text(message)}</span>
        <span className="block text-sm text-muted">{format.moment(message.createdAt)}</span>
      </span>
      {!message.readAt && <Badge tone="positive">{t('inbox.unread')}</Badge>}
    </>
  );
  const look = 'flex w-full items-center gap-3 px-4 py-3.5 text-left sm:px-5';
  if (!place) {
    return (
      <button type="button" className={cn(look, 'hover:bg-raised')} onClick={onOpen} data-testid="message">
        {body}
      </button>
    );
  }
  return (
    <Link href={place} className={cn(look, 'hover:bg-raised')} onClick={onOpen} data-testid="message">
      {body}
      <ChevronRight className="size-4 shrink-0 text-muted" aria-hidden="true" />
    </Link>
  );
}
