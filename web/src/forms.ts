'use client';

import { zodResolver } from '@hookform/resolvers/zod';
import { useForm, type DefaultValues, type FieldValues } from 'react-hook-form';
import * as z from 'zod/mini';

import { useI18n } from '@/i18n/provider';

// The page's policy forbids code made from text, which zod would otherwise try.
z.config({ jitless: true });

// useZodForm ties a schema to a form. The messages of a schema are keys of the catalog.
export function useZodForm<T extends FieldValues>(schema: z.ZodMiniType<T, T>, defaultValues: DefaultValues<T>) {
  return useForm<T, unknown, T>({ resolver: zodResolver(schema), defaultValues, mode: 'onTouched' });
}

// useFieldText turns a schema's message into the player's language.
export function useFieldText(): (error: { message?: string } | undefined) => string | undefined {
  const { tryT, t } = useI18n();
  return (error) => (error ? (tryT(error.message ?? '') ?? t('form.invalid')) : undefined);
}

export const emailRule = z.string().check(z.trim(), z.minLength(3, 'form.emailRequired'), z.maxLength(320, 'form.emailInvalid'), z.regex(/^\S+@\S+\.\S+$/, 'form.emailInvalid'));
export const passwordRule = z.string().check(z.minLength(8, 'form.passwordShort'), z.maxLength(128, 'form.passwordLong'));
