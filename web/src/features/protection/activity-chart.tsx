'use client';

import { Bar, BarChart, Cell, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';

import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { signOf, writtenLike } from '@/money';

import type { Day } from './activity';

// ActivityChart draws the result of each day. It is a picture of the table below it and hidden from those who hear the page.
export default function ActivityChart({ days }: { days: Day[] }) {
  const format = useFormat();
  const { region } = useI18n();
  // The height of a bar is the one place where an amount becomes a binary number.
  const data = days.map((d) => ({ ...d, height: Number(d.net.amount) }));
  const short = new Intl.DateTimeFormat(writtenLike(region), { day: 'numeric', month: 'numeric' });
  const shown = (date: string) => short.format(new Date(`${date}T00:00:00`));
  return (
    <div aria-hidden="true" className="h-56">
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={data} margin={{ top: 8, right: 4, bottom: 0, left: 4 }} accessibilityLayer={false}>
          <XAxis dataKey="date" tickFormatter={shown} tick={{ fill: 'var(--muted)', fontSize: 12 }} stroke="var(--line)" minTickGap={24} />
          <YAxis width={48} tick={{ fill: 'var(--muted)', fontSize: 12 }} stroke="var(--line)" tickFormatter={(n: number) => format.number(n)} />
          <ReferenceLine y={0} stroke="var(--edge)" />
          <Tooltip
            cursor={{ fill: 'var(--raised)' }}
            content={({ active, payload }) => {
              const day = payload?.[0]?.payload as Day | undefined;
              if (!active || !day) return null;
              return (
                <div className="rounded-lg border border-line bg-surface px-3 py-2 text-sm shadow-float">
                  <p className="text-muted">{format.day(`${day.date}T00:00:00`)}</p>
                  <p className="numeric font-semibold">{format.signed(day.net)}</p>
                </div>
              );
            }}
          />
          <Bar dataKey="height" radius={3} isAnimationActive={false} maxBarSize={28}>
            {data.map((d) => (
              <Cell key={d.date} fill={signOf(d.net) < 0 ? 'var(--negative)' : 'var(--positive)'} />
            ))}
          </Bar>
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
