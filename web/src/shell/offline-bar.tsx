'use client';

import { CloudOff } from 'lucide-react';
import { useEffect, useState } from 'react';

import { start } from '@/api/session';
import { useI18n } from '@/i18n/provider';
import { useStanding } from '@/session';

// OfflineBar says that what is shown may be old, and asks for the session again when the connection is back.
export function OfflineBar() {
  const { t } = useI18n();
  const standing = useStanding();
  const [offline, setOffline] = useState(false);
  useEffect(() => {
    const update = () => setOffline(!navigator.onLine);
    update();
    window.addEventListener('online', update);
    window.addEventListener('offline', update);
    return () => {
      window.removeEventListener('online', update);
      window.removeEventListener('offline', update);
    };
  }, []);
  useEffect(() => {
    if (!offline && standing === 'unreachable') void start();
  }, [offline, standing]);
  if (!offline) return null;
  return (
    <div role="status" className="flex items-center justify-center gap-2 bg-warning-soft px-4 py-2 text-sm font-medium text-warning">
      <CloudOff className="size-4" aria-hidden="true" />
      {t('common.offline')}
    </div>
  );
}
