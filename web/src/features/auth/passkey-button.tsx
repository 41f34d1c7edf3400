'use client';

import { useMutation } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useEffect, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { isReason } from '@/api/errors';
import { passkeysPossible, pickPasskey } from '@/api/passkeys';
import type { Tokens } from '@/api/schema';
import { useI18n } from '@/i18n/provider';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/states';

// PasskeyButton logs in with what the device keeps; it is both factors at once. Where there can be no passkeys there is no button.
export function PasskeyButton({ onTokens }: { onTokens: (t: Tokens | undefined) => void }) {
  const { t } = useI18n();
  const [possible, setPossible] = useState(false);
  useEffect(() => setPossible(passkeysPossible()), []);
  const login = useMutation({
    mutationFn: async () => {
      const begun = await unwrap(api.POST('/v1/auth/passkey:start', { body: {} }));
      const credential = await pickPasskey(begun.options);
      return unwrap(api.POST('/v1/auth/passkey:complete', { body: { flow: begun.flow, credential } }));
    },
    onSuccess: (r) => onTokens(r.tokens),
  });
  if (!possible || isReason(login.error, 'PASSKEYS_NOT_CONFIGURED')) return null;
  return (
    <div className="flex flex-col gap-3">
      <Button variant="secondary" size="lg" wide busy={login.isPending} onClick={() => login.mutate()}>
        <KeyRound className="size-5" aria-hidden="true" />
        {t('auth.passkey')}
      </Button>
      <ErrorNotice error={login.error} />
    </div>
  );
}
