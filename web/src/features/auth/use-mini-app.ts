'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import { api, unwrap } from '@/api/client';
import { useStanding } from '@/session';

// initData is what Telegram gives a Mini App in the address's fragment; empty outside Telegram. Telegram's script would read the same place.
function initData(): string {
  return new URLSearchParams(window.location.hash.slice(1)).get('tgWebAppData') ?? '';
}

type Answer = { tokens?: import('@/api/schema').Tokens; challenge?: string };

// useMiniApp logs in by itself when the page was opened as a Mini App inside Telegram.
export function useMiniApp(onAnswer: (answer: Answer) => void) {
  const standing = useStanding();
  const begun = useRef(false);
  const login = useMutation({
    mutationFn: (data: string) => unwrap(api.POST('/v1/auth/telegram/mini-app', { body: { initData: data } })),
    onSuccess: onAnswer,
  });
  const { mutate } = login;
  useEffect(() => {
    const data = initData();
    if (standing !== 'anonymous' || begun.current || !data) return;
    begun.current = true;
    // The proof works once and is nobody's business afterwards.
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
    mutate(data);
  }, [standing, mutate]);
  return login;
}
