'use client';

import { useEffect, useId, useState } from 'react';

import { duration, useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { onPreferencesLost, readPreference, writePreference } from '@/preferences';
import { signOf } from '@/money';
import { Button, ButtonLink } from '@/ui/button';
import { cn } from '@/ui/cn';
import { Dialog } from '@/ui/dialog';

import { acknowledge } from './play-clock';
import type { SessionBets } from './use-session-bets';

const choices = [5, 15, 30, 60] as const;
const usual = 30;

function interval(): number {
  const chosen = Number(readPreference('reality-minutes'));
  return (choices as readonly number[]).includes(chosen) ? chosen : usual;
}

interface Props {
  name: string;
  since: number;
  acknowledged: number;
  bets: SessionBets | undefined;
  onStop: () => void;
}

// RealityCheck interrupts the play after a while with how long it has gone on and what it has cost, and wants an answer. It is this browser's reminder; what
// the platform enforces is not decided here.
export function RealityCheck({ name, since, acknowledged, bets, onStop }: Props) {
  const { t } = useI18n();
  const format = useFormat();
  const id = useId();
  const [minutes, setMinutes] = useState(interval);
  const [last, setLast] = useState(acknowledged);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => onPreferencesLost(() => writePreference('reality-minutes', String(minutes))), [minutes]);

  const answered = () => {
    acknowledge(Date.now());
    setLast(Date.now());
  };
  const choose = (next: number) => {
    setMinutes(next);
    writePreference('reality-minutes', String(next));
  };
  return (
    <Dialog must open={now - last >= minutes * 60_000} title={t('game.realityTitle')} description={t('game.realityLead', { name, time: duration(now - since) })}>
      <dl className="card mb-4 grid grid-cols-3 divide-x divide-line bg-raised text-center">
        {(
          [
            ['game.stake', bets && format.money(bets.staked)],
            ['game.won', bets && format.money(bets.won)],
            ['game.realityNet', bets && format.signed(bets.net)],
          ] as const
        ).map(([label, value]) => (
          <div key={label} className="p-3">
            <dt className="text-xs text-muted">{t(label)}</dt>
            <dd className={cn('numeric font-semibold', label === 'game.realityNet' && bets && signOf(bets.net) < 0 && 'text-negative')}>{value ?? '–'}</dd>
          </div>
        ))}
      </dl>
      <div className="flex flex-col gap-2.5">
        <Button wide size="lg" onClick={onStop}>
          {t('game.realityStop')}
        </Button>
        <Button wide size="lg" variant="secondary" onClick={answered}>
          {t('game.realityGoOn')}
        </Button>
        <ButtonLink wide variant="ghost" href="/bets/">
          {t('game.realityHistory')}
        </ButtonLink>
      </div>
      <div className="mt-4 flex items-center justify-between gap-3 border-t border-line pt-4 text-sm">
        <label htmlFor={id}>{t('game.realityEvery')}</label>
        <select id={id} className="h-10 rounded-lg border border-edge bg-surface px-2" value={minutes} onChange={(e) => choose(Number(e.target.value))}>
          {choices.map((c) => (
            <option key={c} value={c}>
              {t('game.minutes', { count: c })}
            </option>
          ))}
        </select>
      </div>
      <p className="mt-3 text-xs text-muted">{t('game.realityNote')}</p>
    </Dialog>
  );
}
