'use client';

import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

import { useI18n } from '@/i18n/provider';

import { cn } from './cn';

interface Props {
  open: boolean;
  onOpenChange?: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  // A dialog that has to be answered cannot be closed otherwise.
  must?: boolean;
  className?: string;
}

// Dialog is a sheet from below on a phone and a window in the middle elsewhere.
export function Dialog({ open, onOpenChange, title, description, children, must, className }: Props) {
  const { t } = useI18n();
  const stay = must ? (event: Event) => event.preventDefault() : undefined;
  return (
    <Radix.Root open={open} onOpenChange={must ? undefined : onOpenChange}>
      <Radix.Portal>
        {/* Radix's own overlay would add a style element to lock the page's scrolling, which the policy forbids; globals.css locks it. */}
        <div aria-hidden="true" className="fixed inset-0 z-50 bg-black/65 backdrop-blur-[2px]" />
        <Radix.Content
          onEscapeKeyDown={stay}
          onInteractOutside={stay}
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={cn(
            'rise fixed inset-x-0 bottom-0 z-50 max-h-[92dvh] overflow-y-auto rounded-t-2xl border border-line bg-surface p-5 pb-[max(1.25rem,env(safe-area-inset-bottom))] shadow-float sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-[min(30rem,calc(100vw-2rem))] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-2xl sm:p-6',
            className,
          )}
        >
          <div className="mb-4 flex items-start gap-4">
            <div className="flex-1">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="mt-1 text-muted">{description}</Radix.Description>}
            </div>
            {!must && (
              <Radix.Close className="-m-2 grid size-11 place-items-center rounded-xl text-muted hover:bg-raised hover:text-text" aria-label={t('common.close')}>
                <X className="size-5" aria-hidden="true" />
              </Radix.Close>
            )}
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
