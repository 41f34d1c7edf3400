'use client';

import { cva, type VariantProps } from 'class-variance-authority';
import Link from 'next/link';
import type { ComponentProps, ReactNode } from 'react';

import { cn } from './cn';

const look = cva(
  'inline-flex items-center justify-center gap-2 rounded-xl font-semibold whitespace-nowrap transition-colors select-none disabled:opacity-55 aria-disabled:opacity-55',
  {
    variants: {
      variant: {
        primary: 'bg-primary text-on-primary hover:bg-primary-strong',
        secondary: 'bg-raised text-text border border-edge/60 hover:border-edge hover:bg-sunken',
        ghost: 'text-text hover:bg-raised',
        danger: 'bg-negative-soft text-negative border border-negative/50 hover:border-negative',
        // On green felt, whatever the theme.
        brass: 'bg-[#e2bb6c] text-[#1b1404] hover:bg-[#efcd87]',
        onFelt: 'border border-on-felt/40 text-on-felt hover:bg-felt-strong',
        link: 'text-primary underline underline-offset-4 decoration-primary/50 hover:decoration-primary !px-0 !h-auto',
      },
      size: { sm: 'h-9 px-3 text-sm', md: 'h-11 px-4', lg: 'h-12 px-6 text-base', icon: 'size-11' },
      wide: { true: 'w-full' },
    },
    defaultVariants: { variant: 'primary', size: 'md' },
  },
);

type Look = VariantProps<typeof look>;

export function Button({ variant, size, wide, busy, className, children, disabled, type = 'button', ...rest }: ComponentProps<'button'> & Look & { busy?: boolean }) {
  return (
    <button type={type} className={cn(look({ variant, size, wide }), className)} disabled={disabled || busy} aria-busy={busy || undefined} {...rest}>
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export function ButtonLink({ variant, size, wide, className, ...rest }: ComponentProps<typeof Link> & Look & { children: ReactNode }) {
  return <Link className={cn(look({ variant, size, wide }), className)} {...rest} />;
}

export function Spinner({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 20 20" className={cn('size-4 animate-spin', className)} fill="none" aria-hidden="true">
      <circle cx="10" cy="10" r="8" stroke="currentColor" strokeOpacity="0.25" strokeWidth="2.5" />
      <path d="M10 2a8 8 0 0 1 8 8" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round" />
    </svg>
  );
}
