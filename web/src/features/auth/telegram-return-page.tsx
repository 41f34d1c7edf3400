'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { ApiError } from '@/api/errors';
import type { Tokens } from '@/api/schema';
import { adopt } from '@/api/session';
import { useI18n } from '@/i18n/provider';
import { loginPath, safeNext, useStanding } from '@/session';
import { ButtonLink } from '@/ui/button';
import { ErrorNotice } from '@/ui/states';

import { AuthCard } from './auth-card';
import { AuthSkeleton } from './login-page';
import { SecondFactor } from './second-factor';
import { takeTelegram } from './telegram-state';
import { readWidgetResult } from './telegram-widget';

interface Answer {
  tokens?: Tokens;
  challenge?: string;
}

// finish takes what Telegram came back with to the platform. It is looked at only in the tab that began the login, and only in the way it began.
async function finish(query: URLSearchParams, fragment: string, pending: ReturnType<typeof takeTelegram>): Promise<Answer> {
  const widget = readWidgetResult(fragment);
  const code = query.get('code');
  if (!pending || pending.state !== query.get('state')) throw new ApiError('TELEGRAM_FOREIGN');
  if (pending.way === 'WIDGET') {
    if (widget === 'cancelled') throw new ApiError('TELEGRAM_DENIED');
    if (typeof widget === 'string') throw new ApiError('TELEGRAM_PROOF_INVALID');
    return unwrap(api.POST('/v1/auth/telegram/widget', { body: { fields: widget } }));
  }
  if (query.get('error')) throw new ApiError('TELEGRAM_DENIED');
  if (!code) throw new ApiError('TELEGRAM_PROOF_INVALID');
  return unwrap(api.POST('/v1/auth/telegram:complete', { body: { state: pending.state, code } }));
}

// TelegramReturnPage is where Telegram sends the browser back to.
export function TelegramReturnPage() {
  const { t } = useI18n();
  const router = useRouter();
  const [challenge, setChallenge] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [next, setNext] = useState('/');
  const begun = useRef(false);
  const standing = useStanding();

  useEffect(() => {
    // Before it is known that nobody is logged in here, the answer to that question could undo the login.
    if (begun.current || standing === 'starting') return;
    begun.current = true;
    const pending = takeTelegram();
    const to = safeNext(pending?.next ?? null);
    setNext(to);
    const came = finish(new URLSearchParams(window.location.search), window.location.hash, pending);
    // Code and proof work once and are nobody's business afterwards.
    window.history.replaceState(null, '', window.location.pathname);
    came
      .then((r) => {
        if (r.challenge) return setChallenge(r.challenge);
        adopt(r.tokens);
        router.replace(to);
      })
      .catch(setError);
  }, [standing, router]);

  if (challenge) {
    return (
      <SecondFactor
        challenge={challenge}
        onDone={(tokens) => {
          adopt(tokens);
          router.replace(next);
        }}
        onRestart={() => router.replace(loginPath(next))}
      />
    );
  }
  if (!error) return <AuthSkeleton />;
  return (
    <AuthCard title={t('auth.telegramFailed')}>
      <ErrorNotice error={error} />
      <ButtonLink href={loginPath(next)} size="lg" wide>
        {t('auth.startAgain')}
      </ButtonLink>
    </AuthCard>
  );
}
