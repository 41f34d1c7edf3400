'use client';

import { useI18n } from '@/i18n/provider';
import { ButtonLink } from '@/ui/button';

export default function NotFound() {
  const { t } = useI18n();
  return (
    <div className="flex flex-col items-center gap-3 py-20 text-center">
      <h1 className="text-2xl font-semibold">{t('common.notFoundTitle')}</h1>
      <p className="text-muted">{t('common.notFoundLead')}</p>
      <ButtonLink href="/" className="mt-3">
        {t('common.toLobby')}
      </ButtonLink>
    </div>
  );
}
