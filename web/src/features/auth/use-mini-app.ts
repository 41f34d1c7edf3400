'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { api, unwrap } from '@/api/client';
import type { Tokens } from '@/api/schema';
import { useStanding } from '@/session';
import { forgetLaunch, initData, insideTelegram, launchUser, type LaunchUser } from '@/shell/telegram-launch';

type Answer = { tokens?: Tokens; challenge?: string };

// useMiniApp logs in by itself when the page was opened as a Mini App inside Telegram. Elsewhere somebody may have made a link with a proof of their own, to
// have others play, and pay in, under their account; so there the person is asked first, and offer says as whom.
export function useMiniApp(onAnswer: (answer: Answer) => void) {
  const standing = useStanding();
  const proof = useRef('');
  const [offer, setOffer] = useState<LaunchUser | null>(null);
  const login = useMutation({
    mutationFn: (data: string) => unwrap(api.POST('/v1/auth/telegram/mini-app', { body: { initData: data } })),
    onSuccess: onAnswer,
  });
  const { mutate } = login;
  useEffect(() => {
    const data = initData();
    if (standing !== 'anonymous' || proof.current || !data) return;
    proof.current = data;
    forgetLaunch();
    if (insideTelegram()) mutate(data);
    else setOffer(launchUser(data));
  }, [standing, mutate]);
  const decide = (yes: boolean) => {
    setOffer(null);
    if (yes) mutate(proof.current);
  };
  return { offer, decide, isPending: login.isPending, error: login.error };
}
