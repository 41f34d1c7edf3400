'use client';

import { useMutation } from '@tanstack/react-query';
import Link from 'next/link';
import * as z from 'zod/mini';

import { api, unwrap } from '@/api/client';
import { emailRule, useFieldText, useZodForm } from '@/forms';
import { useI18n } from '@/i18n/provider';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { ErrorNotice, Notice } from '@/ui/states';

import { AuthCard } from './auth-card';

const schema = z.object({ email: emailRule });

// ForgotPage asks for a link to a new password. The answer does not tell whether the address has an account.
export function ForgotPage() {
  const { t } = useI18n();
  const text = useFieldText();
  const form = useZodForm(schema, { email: '' });
  const ask = useMutation({ mutationFn: (v: z.infer<typeof schema>) => unwrap(api.POST('/v1/auth/password-reset:start', { body: v })) });
  return (
    <AuthCard
      title={t('auth.forgotTitle')}
      lead={t('auth.forgotLead')}
      foot={
        <Link href="/login/" className="font-semibold text-primary underline underline-offset-4">
          {t('auth.backToLogin')}
        </Link>
      }
    >
      {ask.isSuccess ? (
        <Notice tone="positive" role="status">
          {t('auth.forgotSent', { email: ask.variables.email })}
        </Notice>
      ) : (
        <form noValidate onSubmit={form.handleSubmit((v) => ask.mutate(v))} className="flex flex-col gap-4">
          <Field label={t('auth.email')} error={text(form.formState.errors.email)}>
            {(ids) => <Input {...ids} type="email" autoComplete="username" autoCapitalize="none" inputMode="email" {...form.register('email')} />}
          </Field>
          <ErrorNotice error={ask.error} />
          <Button type="submit" size="lg" wide busy={ask.isPending}>
            {t('auth.forgotSend')}
          </Button>
        </form>
      )}
    </AuthCard>
  );
}
