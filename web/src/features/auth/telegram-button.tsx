'use client';

import { useMutation } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { useI18n } from '@/i18n/provider';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/states';

import { rememberTelegram } from './telegram-state';

// TelegramButton goes to Telegram's page: that of OpenID Connect, or the one that the login widget's button opens, as the platform is set up. The widget's
// own button would run Telegram's script inside ours; this asks for nothing from another host.
export function TelegramButton({ next }: { next: string }) {
  const { t } = useI18n();
  const start = useMutation({
    mutationFn: () => unwrap(api.POST('/v1/auth/telegram:start', { body: {} })),
    onSuccess: (r) => {
      if (!r.authorizationUrl || !r.state) return;
      rememberTelegram({ state: r.state, next, way: r.way === 'TELEGRAM_LOGIN_WAY_WIDGET' ? 'WIDGET' : 'OIDC' });
      window.location.assign(r.authorizationUrl);
    },
  });
  return (
    <div className="flex flex-col gap-3">
      <Button variant="secondary" size="lg" wide busy={start.isPending || start.isSuccess} onClick={() => start.mutate()}>
        <svg viewBox="0 0 24 24" className="size-5" fill="currentColor" aria-hidden="true">
          <path d="M21.4 4.1 2.9 11.2c-.9.4-.9 1.6.1 1.9l4.6 1.4 1.8 5.5c.3.8 1.2 1 1.8.4l2.6-2.5 4.8 3.5c.7.5 1.6.1 1.8-.7L23 5.5c.2-1-.7-1.8-1.6-1.4ZM9.6 14.1l8.2-5.9-6.5 7.1-.3 3-1.4-4.2Z" />
        </svg>
        {t('auth.telegram')}
      </Button>
      <ErrorNotice error={start.error} />
    </div>
  );
}
