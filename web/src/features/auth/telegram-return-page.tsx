'use client';

import { useRouter, useSearchParams } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { ApiError } from '@/api/errors';
import { adopt } from '@/api/session';
import { useI18n } from '@/i18n/provider';
import { safeNext, useStanding } from '@/session';
import { ButtonLink } from '@/ui/button';
import { ErrorNotice } from '@/ui/states';

import { AuthCard } from './auth-card';
import { AuthSkeleton } from './login-page';
import { SecondFactor } from './second-factor';
import { takeTelegram } from './telegram-state';

// TelegramReturnPage is where Telegram sends the browser back to with a code.
export function TelegramReturnPage() {
  const { t } = useI18n();
  const router = useRouter();
  const query = useSearchParams();
  const [challenge, setChallenge] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const next = useRef('/');
  const begun = useRef(false);
  const standing = useStanding();

  const arrive = (tokens: Parameters<typeof adopt>[0]) => {
    adopt(tokens);
    router.replace(safeNext(next.current));
  };

  useEffect(() => {
    // Before it is known that nobody is logged in here, the answer to that question could undo the login.
    if (begun.current || standing === 'starting') return;
    begun.current = true;
    const pending = takeTelegram();
    const state = query.get('state');
    const code = query.get('code');
    next.current = pending?.next ?? '/';
    if (!pending || pending.state !== state || !code) {
      setError(new ApiError(query.get('error') ? 'TELEGRAM_DENIED' : 'TELEGRAM_PROOF_INVALID'));
      return;
    }
    unwrap(api.POST('/v1/auth/telegram:complete', { body: { state, code } }))
      .then((r) => (r.challenge ? setChallenge(r.challenge) : arrive(r.tokens)))
      .catch(setError);
    // The code is used once, whatever else changes.
  }, [standing]);

  if (challenge) return <SecondFactor challenge={challenge} onDone={arrive} onRestart={() => router.replace('/login/')} />;
  if (!error) return <AuthSkeleton />;
  return (
    <AuthCard title={t('auth.telegramFailed')}>
      <ErrorNotice error={error} />
      <ButtonLink href="/login/" size="lg" wide>
        {t('auth.startAgain')}
      </ButtonLink>
    </AuthCard>
  );
}
