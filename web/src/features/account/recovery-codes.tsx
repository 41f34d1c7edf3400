'use client';

import { Copy, Download } from 'lucide-react';

import { useI18n } from '@/i18n/provider';
import { saveFile } from '@/save-file';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { toast } from '@/ui/toast';

// RecoveryCodes are shown once; the dialog stays until the player says that they are kept.
export function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const { t } = useI18n();
  const text = codes.join('\n');
  return (
    <Dialog must open title={t('security.recoveryTitle')} description={t('security.recoveryLead')}>
      <ul data-testid="recovery-codes" className="mb-4 grid grid-cols-2 gap-x-6 gap-y-2 rounded-xl border border-line bg-sunken p-4 text-center font-mono text-sm sm:text-base">
        {codes.map((c) => (
          <li key={c}>{c}</li>
        ))}
      </ul>
      <div className="grid grid-cols-2 gap-2.5">
        <Button variant="secondary" onClick={() => void navigator.clipboard.writeText(text).then(() => toast(t('common.copied')))}>
          <Copy className="size-4" aria-hidden="true" />
          {t('common.copy')}
        </Button>
        <Button variant="secondary" onClick={() => saveFile('pitboss-recovery-codes.txt', 'text/plain', text + '\n')}>
          <Download className="size-4" aria-hidden="true" />
          {t('security.recoveryDownload')}
        </Button>
        <Button wide className="col-span-2" onClick={onKept}>
          {t('security.recoveryKept')}
        </Button>
      </div>
    </Dialog>
  );
}
