'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Copy } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useState, type FormEvent } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { adopt } from '@/api/session';
import type { Player } from '@/api/schema';
import { useI18n } from '@/i18n/provider';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { CodeInput, Field } from '@/ui/field';
import { Section } from '@/ui/section';
import { Badge, ErrorNotice, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toast';

import { RecoveryCodes } from './recovery-codes';

const QrCode = dynamic(() => import('./qr-code').then((m) => m.QrCode), { ssr: false, loading: () => <Skeleton className="size-52" /> });

export function SecondFactorSection({ me }: { me: Player }) {
  const { t } = useI18n();
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[]>([]);
  const [ending, setEnding] = useState(false);
  const refresh = () => void client.invalidateQueries({ queryKey: keys.me });

  const enrol = useMutation({ mutationFn: () => unwrap(api.POST('/v1/me/totp', { body: {} })) });
  const renew = useMutation({
    mutationFn: () => unwrap(api.POST('/v1/me/recovery-codes', { body: {} })),
    onSuccess: (r) => setCodes(r.recoveryCodes ?? []),
  });
  const disable = useMutation({
    mutationFn: () => unwrap(api.POST('/v1/me/totp:disable', { body: {} })),
    onSuccess: () => {
      setEnding(false);
      toast(t('security.totpDisabled'));
      refresh();
    },
  });
  return (
    <Section
      title={t('security.totp')}
      lead={t('security.totpLead')}
      aside={<Badge tone={me.totpEnrolled ? 'positive' : 'warning'}>{t(me.totpEnrolled ? 'security.totpOn' : 'security.totpOff')}</Badge>}
    >
      {enrol.data?.secret ? (
        <Enrolment
          secret={enrol.data.secret}
          uri={enrol.data.otpauthUri ?? ''}
          onDone={(recovery) => {
            enrol.reset();
            setCodes(recovery);
            toast(t('security.totpDone'));
            refresh();
          }}
          onCancel={() => enrol.reset()}
        />
      ) : (
        <div className="flex flex-wrap items-center gap-2.5">
          <Button variant={me.totpEnrolled ? 'secondary' : 'primary'} busy={enrol.isPending} onClick={() => enrol.mutate()}>
            {t(me.totpEnrolled ? 'security.totpReplace' : 'security.totpStart')}
          </Button>
          {me.totpEnrolled && (
            <>
              <Button variant="secondary" busy={renew.isPending} onClick={() => renew.mutate()}>
                {t('security.recoveryRenew')}
              </Button>
              <Button variant="danger" onClick={() => setEnding(true)}>
                {t('security.totpDisable')}
              </Button>
              <span className="text-sm text-muted">{t('security.recoveryLeft', { count: me.recoveryCodesLeft ?? 0 })}</span>
            </>
          )}
        </div>
      )}
      <ErrorNotice className="mt-4" error={enrol.error ?? renew.error} />
      <Dialog open={ending} onOpenChange={setEnding} title={t('security.totpDisableTitle')} description={t('security.totpDisableLead')}>
        <ErrorNotice className="mb-4" error={disable.error} />
        <div className="grid grid-cols-2 gap-2.5">
          <Button variant="secondary" onClick={() => setEnding(false)}>
            {t('common.cancel')}
          </Button>
          <Button variant="danger" busy={disable.isPending} onClick={() => disable.mutate()}>
            {t('security.totpDisable')}
          </Button>
        </div>
      </Dialog>
      {codes.length > 0 && <RecoveryCodes codes={codes} onKept={() => setCodes([])} />}
    </Section>
  );
}

interface EnrolmentProps {
  secret: string;
  uri: string;
  onDone: (recoveryCodes: string[]) => void;
  onCancel: () => void;
}

function Enrolment({ secret, uri, onDone, onCancel }: EnrolmentProps) {
  const { t } = useI18n();
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: () => unwrap(api.POST('/v1/me/totp:confirm', { body: { code } })),
    onSuccess: (r) => {
      adopt(r.tokens);
      onDone(r.recoveryCodes ?? []);
    },
    onError: () => setCode(''),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <div className="grid gap-6 sm:grid-cols-[auto_1fr]">
      <div className="flex flex-col items-center gap-2 sm:items-start">
        <p className="text-sm font-medium">{t('security.totpScan')}</p>
        <QrCode text={uri} label={t('security.totpQr')} />
      </div>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <div>
          <p className="text-sm font-medium">{t('security.totpManual')}</p>
          <div className="mt-1.5 flex items-center gap-2">
            <code data-testid="totp-secret" className="flex-1 rounded-xl border border-line bg-sunken px-3 py-2.5 font-mono text-sm break-all">
              {secret.match(/.{1,4}/g)?.join(' ')}
            </code>
            <Button variant="secondary" size="icon" aria-label={t('common.copy')} onClick={() => void navigator.clipboard.writeText(secret).then(() => toast(t('common.copied')))}>
              <Copy className="size-4" aria-hidden="true" />
            </Button>
          </div>
        </div>
        <Field label={t('security.totpEnter')}>{(ids) => <CodeInput {...ids} value={code} onChange={(e) => setCode(e.target.value.replace(/\D/g, ''))} />}</Field>
        <ErrorNotice error={confirm.error} />
        <div className="flex gap-2.5">
          <Button type="submit" busy={confirm.isPending} disabled={code.length !== 6}>
            {t('security.totpConfirm')}
          </Button>
          <Button variant="ghost" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
        </div>
      </form>
    </div>
  );
}
