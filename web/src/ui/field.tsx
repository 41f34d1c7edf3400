'use client';

import { Eye, EyeOff } from 'lucide-react';
import { useId, useState, type ComponentProps, type ReactNode } from 'react';

import { useI18n } from '@/i18n/provider';

import { cn } from './cn';

const box =
  'h-12 w-full rounded-xl border border-edge bg-sunken px-3.5 text-base text-text placeholder:text-muted/80 transition-colors hover:border-text/60 aria-invalid:border-negative disabled:opacity-60';

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: string;
  className?: string;
  children: (ids: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined }) => ReactNode;
}

// Field is a label, a control and what there is to say about it, tied together for those who hear the page.
export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className={cn('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-sm text-negative">
          {error}
        </p>
      )}
    </div>
  );
}

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={cn(box, className)} {...rest} />;
}

export function Select({ className, children, ...rest }: ComponentProps<'select'>) {
  return (
    <span className={cn('relative block', className)}>
      <select className={cn(box, 'appearance-none pr-10')} {...rest}>
        {children}
      </select>
      <svg viewBox="0 0 20 20" className="pointer-events-none absolute top-1/2 right-3.5 size-4 -translate-y-1/2 text-muted" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
        <path d="m5 8 5 5 5-5" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
    </span>
  );
}

// PasswordInput can show what was typed: typing blindly on a phone makes weak passwords.
export function PasswordInput({ className, ...rest }: Omit<ComponentProps<'input'>, 'type'>) {
  const { t } = useI18n();
  const [shown, show] = useState(false);
  return (
    <span className="relative block">
      <input type={shown ? 'text' : 'password'} className={cn(box, 'pr-12', className)} autoCapitalize="none" spellCheck={false} {...rest} />
      <button
        type="button"
        className="absolute top-0 right-0 grid size-12 place-items-center rounded-xl text-muted hover:text-text"
        aria-pressed={shown}
        aria-label={t('common.showPassword')}
        onClick={() => show(!shown)}
      >
        {shown ? <EyeOff className="size-5" aria-hidden="true" /> : <Eye className="size-5" aria-hidden="true" />}
      </button>
    </span>
  );
}

// CodeInput takes six digits, from the keyboard, the clipboard or what the phone read in a message.
export function CodeInput({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <Input
      inputMode="numeric"
      autoComplete="one-time-code"
      pattern="[0-9]*"
      maxLength={6}
      spellCheck={false}
      className={cn('h-14! text-center font-mono text-2xl! tracking-[0.5em] indent-[0.5em]', className)}
      {...rest}
    />
  );
}
