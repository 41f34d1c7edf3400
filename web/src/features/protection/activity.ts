import { api, unwrap } from '@/api/client';
import type { Entry, Money } from '@/api/schema';
import { minus, negated, sum, zero } from '@/money';

export interface Day {
  // In the device's calendar, 2026-11-26.
  date: string;
  staked: Money;
  won: Money;
  net: Money;
}

export interface Activity {
  deposited: Money;
  withdrawn: Money;
  staked: Money;
  won: Money;
  net: Money;
  days: Day[];
  // Entries were left out because there are too many to read in a browser.
  partial: boolean;
  count: number;
}

const most = 4000;

// readActivity adds up the cash of a statement. Stakes count when they are placed, less what came back of them.
export async function readActivity(currency: string, days: number, signal: AbortSignal): Promise<Activity> {
  const from = new Date();
  from.setHours(0, 0, 0, 0);
  from.setDate(from.getDate() - days + 1);
  const entries: Entry[] = [];
  let token = '';
  do {
    const page = await unwrap(
      api.GET('/v1/wallet/entries', {
        signal,
        params: { query: { 'filter.currency': currency, 'filter.account': 'ACCOUNT_KIND_CASH', 'filter.from': from.toISOString(), 'page.size': 200, 'page.token': token } },
      }),
    );
    entries.push(...(page.entries ?? []));
    token = page.page?.nextToken ?? '';
  } while (token && entries.length < most);
  return { ...summarize(entries, currency, from, days), partial: token !== '' };
}

const stakes = ['ENTRY_TYPE_HOLD', 'ENTRY_TYPE_HOLD_RELEASE', 'ENTRY_TYPE_TRANSFER_OUT'];
const wins = ['ENTRY_TYPE_PAYOUT', 'ENTRY_TYPE_JACKPOT_WIN', 'ENTRY_TYPE_CORRECTION', 'ENTRY_TYPE_TRANSFER_IN'];

export function summarize(entries: Entry[], currency: string, from: Date, days: number): Omit<Activity, 'partial'> {
  const of = (list: Entry[], types: string[]) => sum(currency, list.filter((e) => types.includes(e.type ?? '')).map((e) => e.amount));
  const play = (list: Entry[]) => {
    const staked = negated(of(list, stakes));
    const won = of(list, wins);
    return { staked, won, net: minus(won, staked) };
  };
  const byDay = group(entries);
  return {
    deposited: of(entries, ['ENTRY_TYPE_DEPOSIT', 'ENTRY_TYPE_CHARGEBACK']),
    withdrawn: negated(of(entries, ['ENTRY_TYPE_WITHDRAWAL_HOLD', 'ENTRY_TYPE_WITHDRAWAL_CANCEL'])),
    ...play(entries),
    count: entries.length,
    days: Array.from({ length: days }, (_, i) => {
      const date = calendar(new Date(from.getFullYear(), from.getMonth(), from.getDate() + i));
      const list = byDay.get(date);
      return list ? { date, ...play(list) } : { date, staked: zero(currency), won: zero(currency), net: zero(currency) };
    }),
  };
}

const dayOf = (e: Entry): string => calendar(new Date(e.createdAt ?? 0));

function group(entries: Entry[]): Map<string, Entry[]> {
  const out = new Map<string, Entry[]>();
  for (const e of entries) {
    const list = out.get(dayOf(e));
    if (list) list.push(e);
    else out.set(dayOf(e), [e]);
  }
  return out;
}

function calendar(d: Date): string {
  return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;
}
