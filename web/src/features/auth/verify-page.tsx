'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';

import { api, unwrap } from '@/api/client';
import { useI18n } from '@/i18n/provider';
import { useStanding } from '@/session';
import { Button } from '@/ui/button';
import { CodeInput, Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/states';
import { toast } from '@/ui/toast';

import { AuthCard } from './auth-card';
import { forgetAddress, pendingAddress } from './pending-address';
import { useArrival } from './use-arrival';

// VerifyPage confirms an address with the mailed code and starts the session.
export function VerifyPage() {
  const { t } = useI18n();
  const { arrive } = useArrival();
  const [email, setEmail] = useState('');
  const [known, setKnown] = useState(false);
  const [code, setCode] = useState('');
  // Before it is known that nobody is logged in here, the answer to that question could undo a login.
  const asking = useStanding() === 'starting';

  useEffect(() => {
    const address = pendingAddress();
    setEmail(address);
    setKnown(address !== '');
  }, []);

  const verify = useMutation({
    mutationFn: () => unwrap(api.POST('/v1/auth/verify-email', { body: { email: email.trim(), code } })),
    onSuccess: (r) => {
      forgetAddress();
      arrive(r.tokens);
    },
    onError: () => setCode(''),
  });
  const resend = useMutation({
    mutationFn: () => unwrap(api.POST('/v1/auth/resend-verification', { body: { email: email.trim() } })),
    onSuccess: () => toast(t('auth.codeSent')),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    resend.reset();
    verify.mutate();
  };
  return (
    <AuthCard title={t('auth.verifyTitle')} lead={known ? t('auth.verifyLead', { email }) : t('auth.verifyLeadUnknown')}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {!known && (
          <Field label={t('auth.email')}>
            {(ids) => <Input {...ids} type="email" autoComplete="username" autoCapitalize="none" value={email} onChange={(e) => setEmail(e.target.value)} />}
          </Field>
        )}
        <Field label={t('auth.mailCode')}>
          {(ids) => <CodeInput {...ids} autoFocus={known} value={code} onChange={(e) => setCode(e.target.value.replace(/\D/g, ''))} />}
        </Field>
        <ErrorNotice error={verify.error ?? resend.error} />
        <Button type="submit" size="lg" wide busy={verify.isPending} disabled={asking || code.length !== 6 || email.trim() === ''}>
          {t('auth.verify')}
        </Button>
      </form>
      <div className="flex flex-wrap justify-between gap-x-6">
        <Button variant="link" disabled={email.trim() === '' || resend.isPending} onClick={() => resend.mutate()}>
          {t('auth.resend')}
        </Button>
        {known && (
          <Button variant="link" onClick={() => setKnown(false)}>
            {t('auth.otherAddress')}
          </Button>
        )}
      </div>
    </AuthCard>
  );
}
