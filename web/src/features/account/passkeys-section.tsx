'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useEffect, useState, type FormEvent } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { makePasskey, passkeysPossible } from '@/api/passkeys';
import type { Passkey } from '@/api/schema';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { Section } from '@/ui/section';
import { Badge, ErrorNotice, Failed, Loading, Notice, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toast';

import { browserName } from './browser-name';

export function PasskeysSection() {
  const { t } = useI18n();
  const client = useQueryClient();
  const [possible, setPossible] = useState(true);
  useEffect(() => setPossible(passkeysPossible()), []);
  const passkeys = useQuery({ queryKey: keys.passkeys, queryFn: () => unwrap(api.GET('/v1/me/passkeys')).then((r) => r.passkeys ?? []) });
  const add = useMutation({
    mutationFn: async () => {
      const begun = await unwrap(api.POST('/v1/me/passkeys:start', { body: {} }));
      const credential = await makePasskey(begun.options);
      return unwrap(api.POST('/v1/me/passkeys:complete', { body: { flow: begun.flow, credential, name: browserName(navigator.userAgent) } }));
    },
    onSuccess: () => toast(t('passkey.added')),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.passkeys });
      void client.invalidateQueries({ queryKey: keys.me });
    },
  });
  return (
    <Section title={t('passkey.title')} lead={t('passkey.lead')}>
      {passkeys.isPending ? (
        <Loading>
          <Skeleton className="h-14" />
        </Loading>
      ) : passkeys.isError ? (
        <Failed error={passkeys.error} retry={() => void passkeys.refetch()} />
      ) : (
        passkeys.data.length > 0 && (
          <ul className="mb-4 divide-y divide-line" data-testid="passkeys">
            {passkeys.data.map((p) => (
              <PasskeyRow key={p.passkeyId} passkey={p} />
            ))}
          </ul>
        )
      )}
      {possible ? (
        <Button variant="secondary" busy={add.isPending} onClick={() => add.mutate()}>
          {t('passkey.add')}
        </Button>
      ) : (
        <Notice>{t('passkey.impossible')}</Notice>
      )}
      <ErrorNotice className="mt-4" error={add.error} />
    </Section>
  );
}

function PasskeyRow({ passkey: p }: { passkey: Passkey }) {
  const { t } = useI18n();
  const format = useFormat();
  const client = useQueryClient();
  const [renaming, setRenaming] = useState(false);
  const [name, setName] = useState('');
  const refresh = () => {
    void client.invalidateQueries({ queryKey: keys.passkeys });
    void client.invalidateQueries({ queryKey: keys.me });
  };
  const path = { passkey_id: p.passkeyId ?? '' };
  const rename = useMutation({
    mutationFn: () => unwrap(api.POST('/v1/me/passkeys/{passkey_id}:rename', { params: { path }, body: { name: name.trim() } })),
    onSuccess: () => setRenaming(false),
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE('/v1/me/passkeys/{passkey_id}', { params: { path } })),
    onSuccess: () => toast(t('passkey.removed')),
    onSettled: refresh,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate();
  };
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3.5">
      <KeyRound className="size-6 shrink-0 text-muted" strokeWidth={1.5} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {p.name}
          {p.suspended && <Badge tone="negative">{t('passkey.suspended')}</Badge>}
          {p.synced && <Badge>{t('passkey.synced')}</Badge>}
        </p>
        <p className="text-sm text-muted">
          {t('passkey.since', { time: format.day(p.createdAt) })} · {p.lastUsedAt ? t('passkey.used', { time: format.moment(p.lastUsedAt) }) : t('passkey.unused')}
        </p>
      </div>
      <Button
        variant="secondary"
        size="sm"
        aria-label={t('passkey.renameNamed', { name: p.name ?? '' })}
        onClick={() => {
          setName(p.name ?? '');
          setRenaming(true);
        }}
      >
        {t('passkey.rename')}
      </Button>
      <Button variant="danger" size="sm" aria-label={t('passkey.removeNamed', { name: p.name ?? '' })} busy={remove.isPending} onClick={() => remove.mutate()}>
        {t('passkey.remove')}
      </Button>
      {remove.error && <ErrorNotice className="w-full" error={remove.error} />}
      <Dialog open={renaming} onOpenChange={setRenaming} title={t('passkey.renameTitle')}>
        <form onSubmit={submit} className="flex flex-col gap-4">
          <Field label={t('passkey.name')}>{(ids) => <Input {...ids} autoFocus maxLength={60} value={name} onChange={(e) => setName(e.target.value)} />}</Field>
          <ErrorNotice error={rename.error} />
          <Button type="submit" wide busy={rename.isPending} disabled={name.trim() === ''}>
            {t('common.save')}
          </Button>
        </form>
      </Dialog>
    </li>
  );
}
