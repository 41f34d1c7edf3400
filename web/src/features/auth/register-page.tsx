'use client';

import { useMutation } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useEffect, useMemo, useState } from 'react';
import * as z from 'zod/mini';

import { api, unwrap } from '@/api/client';
import { emailRule, passwordRule, useFieldText, useZodForm } from '@/forms';
import { useI18n } from '@/i18n/provider';
import { useStanding } from '@/session';
import { Button } from '@/ui/button';
import { Field, Input, PasswordInput, Select } from '@/ui/field';
import { ErrorNotice } from '@/ui/states';

import { AuthCard } from './auth-card';
import { countries, likelyCountry } from './countries';
import { AuthSkeleton, Or } from './login-page';
import { rememberAddress } from './pending-address';
import { TelegramButton } from './telegram-button';
import { useArrival } from './use-arrival';

const schema = z.object({
  email: emailRule,
  password: passwordRule,
  country: z.string().check(z.regex(/^[A-Z]{2}$/, 'form.countryRequired')),
  adult: z.boolean().check(z.refine((yes) => yes, 'form.adultRequired')),
});

export function RegisterPage() {
  const { t } = useI18n();
  const { next } = useArrival();
  const standing = useStanding();
  if (standing === 'starting' || standing === 'player') return <AuthSkeleton />;
  return (
    <AuthCard
      title={t('auth.registerTitle')}
      lead={t('auth.registerLead')}
      foot={
        <>
          {t('auth.haveAccount')}{' '}
          <Link href={`/login/?next=${encodeURIComponent(next)}`} className="font-semibold text-primary underline underline-offset-4">
            {t('nav.logIn')}
          </Link>
        </>
      }
    >
      <RegisterForm next={next} />
      <Or />
      <TelegramButton next={next} />
    </AuthCard>
  );
}

function RegisterForm({ next }: { next: string }) {
  const { t, locale } = useI18n();
  const text = useFieldText();
  const router = useRouter();
  const form = useZodForm(schema, { email: '', password: '', country: '', adult: false });
  const [ready, setReady] = useState(false);
  const list = useMemo(() => (ready ? countries(locale) : []), [ready, locale]);
  useEffect(() => setReady(true), []);
  const { setValue, getValues } = form;
  useEffect(() => {
    if (ready && !getValues('country')) setValue('country', likelyCountry());
  }, [ready, setValue, getValues]);

  const register = useMutation({
    mutationFn: (v: z.infer<typeof schema>) =>
      unwrap(
        api.POST('/v1/auth/register', {
          body: {
            email: v.email,
            password: v.password,
            country: v.country,
            language: locale,
            timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
            adultConfirmed: v.adult,
          },
        }),
      ),
    onSuccess: (_, v) => {
      rememberAddress(v.email);
      router.push(`/verify/?next=${encodeURIComponent(next)}`);
    },
  });
  const errors = form.formState.errors;
  return (
    <form noValidate onSubmit={form.handleSubmit((v) => register.mutate(v))} className="flex flex-col gap-4">
      <Field label={t('auth.email')} error={text(errors.email)}>
        {(ids) => <Input {...ids} type="email" autoComplete="username" autoCapitalize="none" inputMode="email" {...form.register('email')} />}
      </Field>
      <Field label={t('auth.newPassword')} hint={t('auth.passwordHint')} error={text(errors.password)}>
        {(ids) => <PasswordInput {...ids} autoComplete="new-password" {...form.register('password')} />}
      </Field>
      <Field label={t('auth.country')} error={text(errors.country)}>
        {(ids) => (
          <Select {...ids} autoComplete="country" {...form.register('country')}>
            <option value="">{t('auth.chooseCountry')}</option>
            {list.map((c) => (
              <option key={c.code} value={c.code}>
                {c.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <div>
        <label className="flex items-start gap-3">
          <input type="checkbox" className="mt-0.5 size-5 shrink-0 accent-(--primary)" aria-invalid={errors.adult ? true : undefined} {...form.register('adult')} />
          <span>{t('auth.adult')}</span>
        </label>
        {errors.adult && (
          <p role="alert" className="mt-1.5 text-sm text-negative">
            {text(errors.adult)}
          </p>
        )}
      </div>
      <ErrorNotice error={register.error} />
      <Button type="submit" size="lg" wide busy={register.isPending}>
        {t('auth.createAccount')}
      </Button>
    </form>
  );
}
