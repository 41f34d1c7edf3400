'use client';

import { useMutation } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import * as z from 'zod/mini';

import { api, unwrap } from '@/api/client';
import { isReason } from '@/api/errors';
import type { Tokens } from '@/api/schema';
import { emailRule, useFieldText, useZodForm } from '@/forms';
import { useI18n } from '@/i18n/provider';
import { useStanding } from '@/session';
import { Button } from '@/ui/button';
import { Field, Input, PasswordInput } from '@/ui/field';
import { ErrorNotice, Loading, Skeleton } from '@/ui/states';

import { AuthCard } from './auth-card';
import { PasskeyButton } from './passkey-button';
import { SecondFactor } from './second-factor';
import { TelegramButton } from './telegram-button';
import { useMiniApp } from './use-mini-app';
import { useArrival } from './use-arrival';

const schema = z.object({ email: emailRule, password: z.string().check(z.minLength(1, 'form.passwordRequired')) });

export function LoginPage() {
  const { t } = useI18n();
  const { arrive, next } = useArrival();
  const [challenge, setChallenge] = useState<string | null>(null);
  const standing = useStanding();
  const mini = useMiniApp((r) => (r.challenge ? setChallenge(r.challenge) : arrive(r.tokens)));

  if (standing === 'starting' || standing === 'player' || mini.isPending) return <AuthSkeleton />;
  if (mini.offer) return <MiniAppOffer name={mini.offer.name} onDecide={mini.decide} />;
  if (challenge) {
    return <SecondFactor challenge={challenge} onDone={arrive} onRestart={() => setChallenge(null)} />;
  }
  return (
    <AuthCard
      title={t('auth.loginTitle')}
      lead={t('auth.loginLead')}
      foot={
        <>
          {t('auth.noAccount')}{' '}
          <Link href={`/register/?next=${encodeURIComponent(next)}`} className="font-semibold text-primary underline underline-offset-4">
            {t('nav.register')}
          </Link>
        </>
      }
    >
      <ErrorNotice error={mini.error} />
      <PasswordLogin onTokens={arrive} onChallenge={setChallenge} />
      <Or />
      <PasskeyButton onTokens={arrive} />
      <TelegramButton next={next} />
    </AuthCard>
  );
}

// MiniAppOffer asks whether the person is who the link says.
function MiniAppOffer({ name, onDecide }: { name: string; onDecide: (yes: boolean) => void }) {
  const { t } = useI18n();
  return (
    <AuthCard title={t('auth.miniAppTitle')} lead={t('auth.miniAppLead', { name })}>
      <Button size="lg" wide className="h-auto min-h-12 py-2 whitespace-normal!" onClick={() => onDecide(true)}>
        {t('auth.miniAppYes', { name })}
      </Button>
      <Button variant="secondary" size="lg" wide onClick={() => onDecide(false)}>
        {t('auth.miniAppNo')}
      </Button>
    </AuthCard>
  );
}

function PasswordLogin({ onTokens, onChallenge }: { onTokens: (t: Tokens | undefined) => void; onChallenge: (c: string) => void }) {
  const { t } = useI18n();
  const text = useFieldText();
  const form = useZodForm(schema, { email: '', password: '' });
  const login = useMutation({
    mutationFn: (v: z.infer<typeof schema>) => unwrap(api.POST('/v1/auth/login', { body: v })),
    onSuccess: (r) => (r.challenge ? onChallenge(r.challenge) : onTokens(r.tokens)),
  });
  return (
    <form noValidate onSubmit={form.handleSubmit((v) => login.mutate(v))} className="flex flex-col gap-4">
      <Field label={t('auth.email')} error={text(form.formState.errors.email)}>
        {(ids) => <Input {...ids} type="email" autoComplete="username" autoCapitalize="none" inputMode="email" {...form.register('email')} />}
      </Field>
      <Field label={t('auth.password')} error={text(form.formState.errors.password)}>
        {(ids) => <PasswordInput {...ids} autoComplete="current-password" {...form.register('password')} />}
      </Field>
      <Link href="/forgot-password/" className="-mt-1 self-start text-sm text-primary underline underline-offset-4">
        {t('auth.forgot')}
      </Link>
      <ErrorNotice error={login.error} />
      {isReason(login.error, 'CREDENTIALS_INVALID') && (
        <Link href="/verify/" className="text-sm text-primary underline underline-offset-4">
          {t('auth.notVerifiedYet')}
        </Link>
      )}
      <Button type="submit" size="lg" wide busy={login.isPending}>
        {t('nav.logIn')}
      </Button>
    </form>
  );
}

export function Or() {
  const { t } = useI18n();
  return (
    <div className="flex items-center gap-3 text-sm text-muted" aria-hidden="true">
      <span className="h-px flex-1 bg-line" />
      {t('auth.or')}
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

export function AuthSkeleton() {
  return (
    <Loading>
      <div className="mx-auto flex w-full max-w-md flex-col gap-4 py-10">
        <Skeleton className="h-8 w-40" />
        <Skeleton className="h-12" />
        <Skeleton className="h-12" />
        <Skeleton className="h-12" />
      </div>
    </Loading>
  );
}
