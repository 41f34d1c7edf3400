'use client';

import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import { api, unwrap } from '@/api/client';
import { isReason } from '@/api/errors';
import type { Tokens } from '@/api/schema';
import { useI18n } from '@/i18n/provider';
import { Button } from '@/ui/button';
import { CodeInput, Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/states';

import { AuthCard } from './auth-card';

// SecondFactor answers a login's challenge with a code of the authenticator app or one of the recovery codes.
export function SecondFactor({ challenge, onDone, onRestart }: { challenge: string; onDone: (t: Tokens | undefined) => void; onRestart: () => void }) {
  const { t } = useI18n();
  const [way, setWay] = useState<'totp' | 'recovery'>('totp');
  const [code, setCode] = useState('');
  const complete = useMutation({
    mutationFn: () =>
      unwrap(api.POST('/v1/auth/login:complete', { body: { challenge, ...(way === 'totp' ? { totpCode: code } : { recoveryCode: code.trim() }) } })),
    onSuccess: (r) => onDone(r.tokens),
    onError: () => setCode(''),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    complete.mutate();
  };
  const turn = () => {
    setWay(way === 'totp' ? 'recovery' : 'totp');
    setCode('');
    complete.reset();
  };
  const over = isReason(complete.error, 'CHALLENGE_INVALID');
  return (
    <AuthCard title={t('auth.secondTitle')} lead={t(way === 'totp' ? 'auth.secondLead' : 'auth.recoveryLead')}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {way === 'totp' ? (
          <Field key="totp" label={t('auth.totpCode')}>
            {(ids) => <CodeInput {...ids} autoFocus value={code} onChange={(e) => setCode(e.target.value.replace(/\D/g, ''))} />}
          </Field>
        ) : (
          <Field key="recovery" label={t('auth.recoveryCode')}>
            {(ids) => (
              <Input {...ids} autoFocus autoComplete="off" autoCapitalize="none" spellCheck={false} className="font-mono" value={code} onChange={(e) => setCode(e.target.value)} />
            )}
          </Field>
        )}
        <ErrorNotice error={complete.error} />
        {over ? (
          <Button size="lg" wide onClick={onRestart}>
            {t('auth.startAgain')}
          </Button>
        ) : (
          <Button type="submit" size="lg" wide busy={complete.isPending} disabled={way === 'totp' ? code.length !== 6 : code.trim() === ''}>
            {t('common.continue')}
          </Button>
        )}
      </form>
      <div className="flex flex-wrap justify-between gap-x-6">
        <Button variant="link" onClick={turn}>
          {t(way === 'totp' ? 'auth.useRecovery' : 'auth.useTotp')}
        </Button>
        <Button variant="link" onClick={onRestart}>
          {t('common.back')}
        </Button>
      </div>
    </AuthCard>
  );
}
