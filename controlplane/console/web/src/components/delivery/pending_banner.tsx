import { Button, Group, Paper, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useChanges } from '../../api/policy';
import { Icon } from '../icon';
import { useDeliveryActions } from './delivery_context';

/** On every page for as long as something was saved and not delivered (R062, R158). */
export function PendingBanner({ tenant }: { tenant: string }) {
  const { t } = useTranslation();
  const changes = useChanges(tenant);
  const { deliver } = useDeliveryActions();
  return (
    <div role="status" aria-live="polite">
      {changes.data?.pending && (
        <Paper withBorder p="xs" mb="md" bg="light-dark(#fff7e0, #3a2f10)" style={{ borderColor: 'light-dark(#e8c45c, #7a6220)' }} data-testid="pending-banner">
          <Group gap="md" wrap="nowrap">
            <Button size="compact-md" flex="none" leftSection={<Icon name="send" />} onClick={deliver}>{t('deliver.button')}</Button>
            <Text size="sm">{t('deliver.banner')}</Text>
          </Group>
        </Paper>
      )}
    </div>
  );
}
