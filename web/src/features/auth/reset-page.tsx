'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import * as z from 'zod/mini';

import { api, unwrap } from '@/api/client';
import { isReason } from '@/api/errors';
import { passwordRule, useFieldText, useZodForm } from '@/forms';
import { useI18n } from '@/i18n/provider';
import { Button, ButtonLink } from '@/ui/button';
import { Field, PasswordInput } from '@/ui/field';
import { ErrorNotice, Notice } from '@/ui/states';

import { AuthCard } from './auth-card';

const schema = z.object({ password: passwordRule });

// ResetPage sets a new password with the token of the mailed link. The token stands in the address's fragment, which no server sees, and is taken out of
// the address at once, so that it stays in no history.
export function ResetPage() {
  const { t } = useI18n();
  const text = useFieldText();
  const [token, setToken] = useState<string | null>(null);
  const form = useZodForm(schema, { password: '' });
  useEffect(() => {
    // Before the address is changed: what is given to setToken may run later.
    const mailed = window.location.hash.slice(1);
    setToken((known) => known ?? mailed);
    window.history.replaceState(null, '', window.location.pathname);
  }, []);
  const reset = useMutation({
    mutationFn: (v: z.infer<typeof schema>) => unwrap(api.POST('/v1/auth/password-reset:complete', { body: { token: token ?? '', newPassword: v.password } })),
  });
  if (reset.isSuccess) {
    return (
      <AuthCard title={t('auth.resetDone')}>
        <Notice tone="positive" role="status">
          {t('auth.resetDoneLead')}
        </Notice>
        <ButtonLink href="/login/" size="lg" wide>
          {t('nav.logIn')}
        </ButtonLink>
      </AuthCard>
    );
  }
  const useless = token === '' || isReason(reset.error, 'RESET_INVALID');
  return (
    <AuthCard title={t('auth.resetTitle')} lead={t('auth.resetLead')}>
      {useless ? (
        <>
          <Notice tone="negative" role="alert">
            {t('error.RESET_INVALID')}
          </Notice>
          <ButtonLink href="/forgot-password/" size="lg" wide>
            {t('auth.forgotSend')}
          </ButtonLink>
        </>
      ) : (
        <form noValidate onSubmit={form.handleSubmit((v) => reset.mutate(v))} className="flex flex-col gap-4">
          <Field label={t('security.passwordNew')} hint={t('auth.passwordHint')} error={text(form.formState.errors.password)}>
            {(ids) => <PasswordInput {...ids} autoComplete="new-password" {...form.register('password')} />}
          </Field>
          <ErrorNotice error={reset.error} />
          <Button type="submit" size="lg" wide busy={reset.isPending} disabled={token === null}>
            {t('auth.resetSet')}
          </Button>
        </form>
      )}
    </AuthCard>
  );
}
