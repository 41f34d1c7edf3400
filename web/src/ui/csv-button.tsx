'use client';

import { Download, X } from 'lucide-react';
import { useRef, useState } from 'react';

import { csv } from '@/csv';
import { useErrorText } from '@/i18n/errors';
import { useI18n } from '@/i18n/provider';
import { saveFile } from '@/save-file';

import { Button } from './button';
import { toast } from './toast';

export interface CsvPage {
  rows: string[][];
  next: string;
}

// CsvButton collects all pages of a list in the browser and saves them, however many there are; it tells how far it is and can be stopped.
export function CsvButton({ name, header, page }: { name: string; header: string[]; page: (token: string, signal: AbortSignal) => Promise<CsvPage> }) {
  const { t } = useI18n();
  const text = useErrorText();
  const [count, setCount] = useState<number | null>(null);
  const abort = useRef<AbortController | null>(null);

  const collect = async () => {
    abort.current = new AbortController();
    const { signal } = abort.current;
    const rows: string[][] = [header];
    setCount(0);
    try {
      let token = '';
      do {
        const next = await page(token, signal);
        rows.push(...next.rows);
        setCount(rows.length - 1);
        token = next.next;
      } while (token && !signal.aborted);
      if (!signal.aborted) {
        saveFile(name, 'text/csv', csv(rows));
        toast(t('wallet.csvDone', { count: rows.length - 1 }));
      }
    } catch (error) {
      if (!signal.aborted) toast(text(error), 'negative');
    } finally {
      setCount(null);
    }
  };

  if (count === null) {
    return (
      <Button variant="secondary" size="sm" onClick={() => void collect()}>
        <Download className="size-4" aria-hidden="true" />
        {t('wallet.csv')}
      </Button>
    );
  }
  return (
    <span className="flex items-center gap-2 text-sm" role="status">
      <span className="numeric text-muted">{t('wallet.csvWorking', { count })}</span>
      <Button variant="ghost" size="sm" onClick={() => abort.current?.abort()}>
        <X className="size-4" aria-hidden="true" />
        {t('wallet.csvStop')}
      </Button>
    </span>
  );
}
