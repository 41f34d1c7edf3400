'use client';

import { CircleUserRound, LogOut, Settings2, ShieldCheck } from 'lucide-react';
import Link from 'next/link';
import { DropdownMenu as Menu } from 'radix-ui';

import { useI18n } from '@/i18n/provider';
import { signOut, useMe } from '@/session';

import { trigger } from './account-button';

const item = 'flex h-11 cursor-pointer items-center gap-3 rounded-lg px-3 outline-none data-highlighted:bg-raised';

export default function AccountMenu() {
  const { t } = useI18n();
  const { data: me } = useMe();
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger aria-label={t('nav.account')} className={trigger}>
        <CircleUserRound className="size-5.5" strokeWidth={1.75} aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content align="end" sideOffset={8} className="rise z-50 w-64 rounded-2xl border border-line bg-surface p-2 shadow-float">
          <Menu.Label className="truncate px-3 py-2 text-sm text-muted">{me?.email || t('nav.account')}</Menu.Label>
          <Menu.Item asChild className={item}>
            <Link href="/account/">
              <Settings2 className="size-4.5 text-muted" aria-hidden="true" />
              {t('nav.settings')}
            </Link>
          </Menu.Item>
          <Menu.Item asChild className={item}>
            <Link href="/account/security/">
              <ShieldCheck className="size-4.5 text-muted" aria-hidden="true" />
              {t('nav.security')}
            </Link>
          </Menu.Item>
          <Menu.Separator className="my-2 h-px bg-line" />
          <Menu.Item
            className={item}
            onSelect={() => void signOut()}
          >
            <LogOut className="size-4.5 text-muted" aria-hidden="true" />
            {t('nav.logOut')}
          </Menu.Item>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
