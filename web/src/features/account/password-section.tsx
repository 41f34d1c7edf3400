'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import * as z from 'zod/mini';

import { api, unwrap } from '@/api/client';
import { isReason } from '@/api/errors';
import { keys } from '@/api/keys';
import type { Player } from '@/api/schema';
import { passwordRule, useFieldText, useZodForm } from '@/forms';
import { useI18n } from '@/i18n/provider';
import { Button } from '@/ui/button';
import { Field, PasswordInput } from '@/ui/field';
import { Section } from '@/ui/section';
import { ErrorNotice, Notice } from '@/ui/states';
import { toast } from '@/ui/toast';

const schema = z.object({ current: z.string().check(z.minLength(1, 'form.passwordRequired')), next: passwordRule });

// PasswordSection is for players who came with an address; an account that came from Telegram has no password to change.
export function PasswordSection({ me }: { me: Player }) {
  const { t } = useI18n();
  const text = useFieldText();
  const client = useQueryClient();
  const form = useZodForm(schema, { current: '', next: '' });
  const change = useMutation({
    mutationFn: (v: z.infer<typeof schema>) => unwrap(api.POST('/v1/me/password', { body: { currentPassword: v.current, newPassword: v.next } })),
    onSuccess: (r) => {
      form.reset();
      toast(t('security.passwordChanged', { count: r.sessionsEnded ?? 0 }));
      void client.invalidateQueries({ queryKey: keys.sessions });
    },
  });
  if (!me.email) return null;
  return (
    <Section title={t('security.password')} lead={t('security.passwordLead')}>
      <form noValidate onSubmit={form.handleSubmit((v) => change.mutate(v))} className="flex max-w-md flex-col gap-4">
        <input type="text" autoComplete="username" value={me.email} readOnly hidden />
        <Field label={t('security.passwordCurrent')} error={text(form.formState.errors.current)}>
          {(ids) => <PasswordInput {...ids} autoComplete="current-password" {...form.register('current')} />}
        </Field>
        <Field label={t('security.passwordNew')} hint={t('auth.passwordHint')} error={text(form.formState.errors.next)}>
          {(ids) => <PasswordInput {...ids} autoComplete="new-password" {...form.register('next')} />}
        </Field>
        {isReason(change.error, 'CREDENTIALS_INVALID') ? (
          <Notice tone="negative" role="alert">
            {t('security.passwordWrong')}
          </Notice>
        ) : (
          <ErrorNotice error={change.error} />
        )}
        <Button type="submit" variant="secondary" className="self-start" busy={change.isPending}>
          {t('security.passwordChange')}
        </Button>
      </form>
    </Section>
  );
}
