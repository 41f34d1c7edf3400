'use client';

import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import { api, unwrap } from '@/api/client';
import { isReason } from '@/api/errors';
import { passkeysPossible, pickPasskey } from '@/api/passkeys';
import { adopt } from '@/api/session';
import { useI18n } from '@/i18n/provider';
import { useMe } from '@/session';
import { Button, ButtonLink } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { CodeInput, Field } from '@/ui/field';
import { ErrorNotice } from '@/ui/states';

// StepUpDialog asks for the second factor when a call needs a fresh one, and lets the call go on.
export default function StepUpDialog({ close }: { close: (proven: boolean) => void }) {
  const { t } = useI18n();
  const { data: me } = useMe();
  const [code, setCode] = useState('');

  const prove = useMutation({
    mutationFn: (totpCode: string) => unwrap(api.POST('/v1/auth/step-up', { body: { totpCode } })),
    onSuccess: (r) => {
      adopt(r.tokens);
      close(true);
    },
    onError: () => setCode(''),
  });

  const passkey = useMutation({
    mutationFn: async () => {
      const begun = await unwrap(api.POST('/v1/auth/step-up/passkey:start', { body: {} }));
      const credential = await pickPasskey(begun.options);
      return unwrap(api.POST('/v1/auth/step-up/passkey:complete', { body: { flow: begun.flow, credential } }));
    },
    onSuccess: (r) => {
      adopt(r.tokens);
      close(true);
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    prove.mutate(code);
  };

  const hasTotp = me?.totpEnrolled ?? true;
  const hasPasskey = (me?.passkeys ?? 0) > 0 && passkeysPossible();
  const enrolled = hasTotp || hasPasskey;
  return (
    <Dialog open onOpenChange={(next) => !next && close(false)} title={t('stepUp.title')} description={t(!enrolled ? 'stepUp.notEnrolled' : hasTotp ? 'stepUp.description' : 'stepUp.descriptionPasskey')}>
      {hasPasskey && (
        <div className="mb-4 flex flex-col gap-3">
          <Button variant={hasTotp ? 'secondary' : 'primary'} wide busy={passkey.isPending} onClick={() => passkey.mutate()}>
            {t('stepUp.passkey')}
          </Button>
          {!isReason(passkey.error, 'PASSKEY_CANCELLED') && <ErrorNotice error={passkey.error} />}
        </div>
      )}
      {hasTotp && (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <Field label={t('stepUp.code')}>{(ids) => <CodeInput {...ids} autoFocus value={code} onChange={(e) => setCode(e.target.value.replace(/\D/g, ''))} />}</Field>
          <ErrorNotice error={prove.error} />
          <Button type="submit" wide busy={prove.isPending} disabled={code.length !== 6}>
            {t('stepUp.confirm')}
          </Button>
        </form>
      )}
      {!enrolled && (
        <ButtonLink href="/account/security/" wide onClick={() => close(false)}>
          {t('stepUp.setUp')}
        </ButtonLink>
      )}
    </Dialog>
  );
}
