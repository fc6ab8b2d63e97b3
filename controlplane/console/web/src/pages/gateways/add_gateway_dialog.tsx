import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useGatewayChanges } from '../../api/gateways';
import { useGroups } from '../../api/tenants';
import type { Activation } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';

interface Props {
  tenant: string;
  onAdded: (activation: Activation) => void;
  onClose: () => void;
}

export function AddGatewayDialog({ tenant, onAdded, onClose }: Props) {
  const { t } = useTranslation();
  const groups = useGroups(tenant);
  const { create } = useGatewayChanges(tenant);
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const group = chosen ?? groups.data?.[0]?.id ?? null;
  const [tried, setTried] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() !== '' && group !== null) create.mutate({ name: name.trim(), group }, { onSuccess: onAdded });
  };
  return (
    <Dialog opened onClose={onClose} title={t('gateways.add')} centered>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {create.error && <ErrorAlert error={create.error} />}
          <TextInput label={t('gateways.name')} value={name} maxLength={200} data-autofocus error={tried && name.trim() === '' && t('field.missing')}
            onChange={(event) => setName(event.currentTarget.value)} />
          <Select label={t('gateways.group')} allowDeselect={false} value={group} onChange={setChosen}
            data={(groups.data ?? []).map(({ id, name: label }) => ({ value: id, label }))} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
            <Button type="submit" loading={create.isPending}>{t('common.add')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
