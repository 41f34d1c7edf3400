'use client';

import { useQuery } from '@tanstack/react-query';
import dynamic from 'next/dynamic';
import { useId } from 'react';

import { keys } from '@/api/keys';
import { useBalance, useCurrency } from '@/balances';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { signOf } from '@/money';
import { cn } from '@/ui/cn';
import { Section } from '@/ui/section';
import { Failed, Loading, Notice, Skeleton } from '@/ui/states';
import { useQueryState } from '@/use-query-state';

import { readActivity, type Activity } from './activity';

const ActivityChart = dynamic(() => import('./activity-chart'), { ssr: false, loading: () => <Skeleton className="h-56" /> });

const periods = [7, 30, 90] as const;

export function ActivitySection() {
  const { t } = useI18n();
  const id = useId();
  const [currency] = useCurrency();
  const [{ days: chosen }, choose] = useQueryState(['days'] as const);
  const days = periods.find((p) => String(p) === chosen) ?? 30;
  const version = useBalance()?.version ?? '';
  const activity = useQuery({
    queryKey: [...keys.entries({ activity: days, currency }), version],
    queryFn: ({ signal }) => readActivity(currency, days, signal),
    placeholderData: (before) => before,
  });
  return (
    <Section
      title={t('protection.activity')}
      lead={t('protection.activityLead', { currency })}
      aside={
        <span>
          <label htmlFor={id} className="sr-only">
            {t('protection.period')}
          </label>
          <select id={id} className="h-10 rounded-lg border border-edge bg-surface px-2 text-sm" value={days} onChange={(e) => choose({ days: e.target.value === '30' ? '' : e.target.value })}>
            {periods.map((p) => (
              <option key={p} value={p}>
                {t('protection.days', { count: p })}
              </option>
            ))}
          </select>
        </span>
      }
    >
      {activity.isPending ? (
        <Loading>
          <Skeleton className="h-80" />
        </Loading>
      ) : activity.isError ? (
        <Failed error={activity.error} retry={() => void activity.refetch()} />
      ) : (
        <Figures activity={activity.data} />
      )}
    </Section>
  );
}

function Figures({ activity: a }: { activity: Activity }) {
  const { t } = useI18n();
  const format = useFormat();
  const played = a.days.filter((d) => signOf(d.staked) !== 0 || signOf(d.won) !== 0);
  const figures = [
    ['protection.deposited', format.money(a.deposited)],
    ['protection.withdrawn', format.money(a.withdrawn)],
    ['protection.staked', format.money(a.staked)],
    ['protection.won', format.money(a.won)],
    ['protection.net', format.signed(a.net)],
  ] as const;
  return (
    <div className="flex flex-col gap-6">
      {a.partial && <Notice tone="warning">{t('protection.partial', { count: a.count })}</Notice>}
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line sm:grid-cols-5">
        {figures.map(([label, value]) => (
          <div key={label} className="bg-surface p-3.5 last:col-span-2 sm:last:col-span-1">
            <dt className="text-sm text-muted">{t(label)}</dt>
            <dd className={cn('numeric text-lg font-semibold', label === 'protection.net' && (signOf(a.net) < 0 ? 'text-negative' : signOf(a.net) > 0 && 'text-positive'))}>{value}</dd>
          </div>
        ))}
      </dl>
      {played.length === 0 ? (
        <p className="text-muted">{t('protection.chartEmpty')}</p>
      ) : (
        <>
          <h3 className="font-semibold">{t('protection.chart')}</h3>
          <ActivityChart days={a.days} />
          <details>
            <summary className="inline-flex h-10 items-center text-sm font-semibold text-primary underline underline-offset-4">{t('protection.table')}</summary>
            <div className="mt-3 overflow-x-auto">
              <table className="numeric w-full min-w-md text-right text-sm">
                <thead>
                  <tr className="border-b border-line text-muted">
                    <th scope="col" className="py-2 text-left font-medium">
                      {t('protection.day')}
                    </th>
                    {(['protection.staked', 'protection.won', 'protection.net'] as const).map((h) => (
                      <th key={h} scope="col" className="py-2 font-medium">
                        {t(h)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody className="divide-y divide-line">
                  {played.map((d) => (
                    <tr key={d.date}>
                      <th scope="row" className="py-2 text-left font-normal">
                        {format.day(`${d.date}T00:00:00`)}
                      </th>
                      <td>{format.money(d.staked)}</td>
                      <td>{format.money(d.won)}</td>
                      <td>{format.signed(d.net)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </details>
        </>
      )}
    </div>
  );
}
