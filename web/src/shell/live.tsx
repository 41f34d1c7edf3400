'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { keys } from '@/api/keys';
import { connectLive } from '@/api/live';
import type { Balance } from '@/api/schema';
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
        void client.invalidateQueries({ queryKey: keys.balances });
        void client.invalidateQueries({ queryKey: keys.inbox });
      },
      onMessage: (message) => {
        toast(say.current(message));
        void client.invalidateQueries({ queryKey: keys.inbox });
      },
      onBalance: (pushed) => client.setQueryData<Balance[]>(keys.balances, (known) => (known ? merge(known, pushed) : known)),
    });
  }, [standing, client]);
  return null;
}

function merge(known: Balance[], pushed: Balance): Balance[] {
  const currency = pushed.available?.currency;
  const old = known.find((b) => b.available?.currency === currency);
  if (!old) return [...known, pushed].sort((a, b) => (a.available?.currency ?? '').localeCompare(b.available?.currency ?? ''));
  if (BigInt(old.version ?? 0) >= BigInt(pushed.version ?? 0)) return known;
  return known.map((b) => (b === old ? pushed : b));
}
