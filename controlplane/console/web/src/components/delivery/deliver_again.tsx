import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { revisionsOf, useDeliverAll, useLastDelivery } from '../../api/deliveries';
import { useChanges } from '../../api/policy';
import type { Delivery } from '../../api/types';
import { ErrorAlert } from '../error_alert';
import { useDeliveryActions } from './delivery_context';

/** A newest version that failed somewhere is delivered once more as it is; with changes since, the banner offers those. */
export function DeliverAgain({ tenant, delivery }: { tenant: string; delivery: Delivery }) {
  const { t } = useTranslation();
  const last = useLastDelivery(tenant);
  const changes = useChanges(tenant);
  const deliver = useDeliverAll(tenant);
  const { showStatus } = useDeliveryActions();
  const { data } = changes;
  if (delivery.failed === 0 || last.data?.version !== delivery.version || !data || data.pending) return null;
  const again = () => deliver.mutate({ revisions: revisionsOf(data) }, { onSuccess: ({ version }) => showStatus(version) });
  return (
    <>
      {deliver.error && <ErrorAlert error={deliver.error} />}
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{t('status.failed_keep')}</Text>
        <Button size="compact-md" style={{ flex: 'none' }} loading={deliver.isPending} onClick={again}>{t('status.again')}</Button>
      </Group>
    </>
  );
}
