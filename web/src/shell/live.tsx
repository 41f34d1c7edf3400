'use client';

import { type QueryClient, type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { keys } from '@/api/keys';
import { connectLive } from '@/api/live';
import type { Balance } from '@/api/schema';
import { newest } from '@/balances';
import { useMessageText } from '@/features/inbox/message-text';
import { useStanding } from '@/session';
import { toast } from '@/ui/toast';

// Live writes pushed balances into the cache, where versions order them, and says in passing what has arrived in the inbox.
export function Live() {
  const standing = useStanding();
  const client = useQueryClient();
  const text = useMessageText();
  const say = useRef(text);
  useEffect(() => {
    say.current = text;
  }, [text]);
  useEffect(() => {
    if (standing !== 'player') return;
    return connectLive({
      onOpen: () => {
        void reread(client, keys.balances);
        void reread(client, keys.inbox);
      },
      onMessage: (message) => {
        toast(say.current(message));
        void client.invalidateQueries({ queryKey: keys.inbox });
      },
      onBalance: (pushed) => client.setQueryData<Balance[]>(keys.balances, (known) => newest(known, [pushed])),
    });
  }, [standing, client]);
  return null;
}

// reread reads again what may have changed before the connection stood. A first read that is still under way would count as the answer, so it is given up.
async function reread(client: QueryClient, queryKey: QueryKey) {
  await client.cancelQueries({ queryKey });
  await client.invalidateQueries({ queryKey });
}
