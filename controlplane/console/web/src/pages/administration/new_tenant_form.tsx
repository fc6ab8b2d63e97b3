import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';

import { useCreateTenant } from '../../api/tenants';
import { ErrorAlert } from '../../components/error_alert';

export function NewTenantForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const create = useCreateTenant();
  const [name, setName] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return;
    create.mutate(name.trim(), {
      onSuccess: ({ id }) => {
        setName('');
        void navigate(`/t/${id}/gateways`);
      },
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {create.error && <ErrorAlert error={create.error} />}
        <TextInput label={t('tenant.name')} value={name} maxLength={200} onChange={(event) => setName(event.currentTarget.value)} />
        <Group justify="flex-end"><Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>{t('tenant.make')}</Button></Group>
      </Stack>
    </form>
  );
}
