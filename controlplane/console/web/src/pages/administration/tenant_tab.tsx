import { Button, Divider, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useRotateSigningKey, useTenants } from '../../api/tenants';
import { ConfirmDialog } from '../../components/dialog';
import { Properties } from '../../components/properties';
import { QueryState } from '../../components/query_state';
import { NewTenantForm } from './new_tenant_form';

export function TenantTab({ tenant }: { tenant: string }) {
  const { t } = useTranslation();
  const tenants = useTenants();
  const rotate = useRotateSigningKey(tenant);
  const [asking, setAsking] = useState(false);
  return (
    <Stack maw={640}>
      <QueryState query={tenants}>
        {(list) => {
          const current = list.find(({ id }) => id === tenant);
          if (!current) return null;
          return (
            <Properties rows={[
              [t('tenant.name'), current.name],
              [t('tenant.delivered'), current.delivered_version === 0 ? t('versions.none') : t('versions.version', { version: current.delivered_version })],
              [t('tenant.signing_key'), <code key="key">{current.signing_key.id}</code>],
              [t('tenant.key_sequence'), current.signing_key.sequence],
            ]} />
          );
        }}
      </QueryState>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{t('tenant.rotate_text')}</Text>
        <Button variant="default" style={{ flex: 'none' }} onClick={() => setAsking(true)}>{t('tenant.rotate')}</Button>
      </Group>
      <Divider />
      <Title order={2}>{t('tenant.add')}</Title>
      <Paper withBorder p="md"><NewTenantForm /></Paper>
      {asking && (
        <ConfirmDialog title={t('tenant.rotate')} text={t('tenant.rotate_ask')} action={t('tenant.rotate')} busy={rotate.isPending} error={rotate.error}
          onConfirm={() => rotate.mutate(undefined, { onSuccess: () => setAsking(false) })} onClose={() => setAsking(false)} />
      )}
    </Stack>
  );
}
