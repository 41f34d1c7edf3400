import { House, ReceiptText, ShieldCheck, WalletMinimal } from 'lucide-react';

import type { Key } from '@/i18n/types';

// The places that the header and the bar at the bottom of a phone lead to.
export const places: { href: string; label: Key; icon: typeof House }[] = [
  { href: '/', label: 'nav.lobby', icon: House },
  { href: '/cashier/', label: 'nav.wallet', icon: WalletMinimal },
  { href: '/bets/', label: 'nav.bets', icon: ReceiptText },
  { href: '/protection/', label: 'nav.protection', icon: ShieldCheck },
];

export const isHere = (path: string, href: string): boolean => (href === '/' ? path === '/' : path.startsWith(href.replace(/\/$/, '')));
