import { Alert, Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useAuthorityChange } from '../../api/certificates';
import type { Gateway } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ChangeResult } from './change_result';

type KeyType = 'ecdsa-p256' | 'rsa-3072';

export function RegenerateDialog({ tenant, gateway, onClose }: { tenant: string; gateway: Gateway; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useAuthorityChange(tenant, gateway.id);
  const [organization, setOrganization] = useState('');
  const [commonName, setCommonName] = useState('');
  const [keyType, setKeyType] = useState<KeyType>('ecdsa-p256');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.start({
      regenerate: {
        ...(organization.trim() === '' ? {} : { organization: organization.trim() }),
        ...(commonName.trim() === '' ? {} : { common_name: commonName.trim() }),
        key_type: keyType,
      },
    });
  };
  return (
    <Dialog opened onClose={onClose} title={t('certificates.regenerate_title', { name: gateway.name })} size="lg" centered>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {!change.done && <Alert color="orange">{t('certificates.loss')}</Alert>}
          <ChangeResult change={change} />
          {!change.done && (
            <>
              <TextInput label={t('certificates.organization')} description={t('certificates.subject_hint')} value={organization} maxLength={64} data-autofocus
                onChange={(event) => setOrganization(event.currentTarget.value)} />
              <TextInput label={t('certificates.common_name')} description={t('certificates.subject_hint')} value={commonName} maxLength={64}
                onChange={(event) => setCommonName(event.currentTarget.value)} />
              <Select label={t('certificates.key_type')} allowDeselect={false} value={keyType} onChange={(value) => setKeyType(value as KeyType)}
                data={[{ value: 'ecdsa-p256', label: t('certificates.key_ecdsa') }, { value: 'rsa-3072', label: t('certificates.key_rsa') }]} />
            </>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{change.done ? t('common.close') : t('common.cancel')}</Button>
            {!change.done && <Button type="submit" color="red" loading={change.busy}>{t('certificates.regenerate')}</Button>}
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
