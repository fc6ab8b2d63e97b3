import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useProviderChanges, useProviders } from '../../api/tenants';
import type { User } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { QueryState } from '../../components/query_state';

interface Props {
  tenant: string;
  /** Users that this tenant has already. */
  present: readonly User[];
  onClose: () => void;
}

export function AssignProviderDialog({ tenant, present, onClose }: Props) {
  const { t } = useTranslation();
  const providers = useProviders(true);
  const { assign } = useProviderChanges(tenant);
  const [chosen, setChosen] = useState<string | null>(null);
  const free = (all: readonly User[]) => all.filter(({ id }) => !present.some((user) => user.id === id));
  return (
    <Dialog opened onClose={onClose} title={t('users.assign')} centered>
      <Stack gap="sm">
        {assign.error && <ErrorAlert error={assign.error} />}
        <Text size="sm">{t('users.assign_text')}</Text>
        <QueryState query={providers} isEmpty={(all) => free(all).length === 0} empty={t('users.no_providers')}>
          {(all) => (
            <Select label={t('users.provider')} searchable value={chosen} onChange={setChosen} data-autofocus
              data={free(all).map(({ id, login }) => ({ value: id, label: login }))} />
          )}
        </QueryState>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button disabled={chosen === null} loading={assign.isPending} onClick={() => chosen !== null && assign.mutate(chosen, { onSuccess: onClose })}>{t('common.ok')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
