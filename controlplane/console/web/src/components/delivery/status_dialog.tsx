import { Alert, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useDelivery } from '../../api/deliveries';
import type { Delivery, GatewayDelivery } from '../../api/types';
import { Dialog } from '../dialog';
import { Icon } from '../icon';
import { QueryState } from '../query_state';
import { useFormats } from '../use_formats';
import { DeliveryCounters } from './counters';
import { DeliverAgain } from './deliver_again';
import { ReasonText } from './reason_text';
import { StateBadge, stateColors } from './state_badge';

/** ゲートウェイ配信ステータス (R157): live while a gateway is still being delivered to; opened again from the history. */
export function StatusDialog({ tenant, version, onClose }: { tenant: string; version: number; onClose: () => void }) {
  const { t } = useTranslation();
  const delivery = useDelivery(tenant, version);
  return (
    <Dialog opened onClose={onClose} title={t('status.title', { version })} size="xl" centered>
      <QueryState query={delivery}>{(data) => <Status tenant={tenant} delivery={data} />}</QueryState>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>{t('common.close')}</Button>
      </Group>
    </Dialog>
  );
}

function Status({ tenant, delivery }: { tenant: string; delivery: Delivery }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const total = delivery.delivering + delivery.waiting_for_enrolment + delivery.succeeded + delivery.failed + delivery.superseded;
  const share = (count: number) => (total === 0 ? 0 : (100 * count) / total);
  const done = delivery.succeeded === total;
  return (
    <Stack gap="sm">
      <Text size="xs" c="dimmed">{t('status.by', { user: delivery.created_by, time: time(delivery.created_at) })}</Text>
      {delivery.comment !== '' && <Text size="sm">{delivery.comment}</Text>}
      <div role="status" aria-live="polite"><DeliveryCounters delivery={delivery} size="lg" /></div>
      <Progress.Root size="sm">
        <Progress.Section value={share(delivery.succeeded)} color={stateColors.succeeded} aria-label={t('delivery_state.succeeded')} />
        <Progress.Section value={share(delivery.failed)} color={stateColors.failed} aria-label={t('delivery_state.failed')} />
        <Progress.Section value={share(delivery.delivering)} color={stateColors.delivering} animated aria-label={t('delivery_state.delivering')} />
      </Progress.Root>
      {total === 0 && <Text size="sm" c="dimmed">{t('status.no_gateways')}</Text>}
      {done && total > 0 && <Alert color="green" py="xs" icon={<Icon name="check" />}>{t('status.done')}</Alert>}
      <GatewayTable gateways={delivery.gateways ?? []} />
      <DeliverAgain tenant={tenant} delivery={delivery} />
    </Stack>
  );
}

function GatewayTable({ gateways }: { gateways: readonly GatewayDelivery[] }) {
  const { t } = useTranslation();
  if (gateways.length === 0) return null;
  return (
    <div className="panel" style={{ maxHeight: '45vh', overflow: 'auto' }}>
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">{t('status.group')}</th>
            <th scope="col">{t('status.gateway')}</th>
            <th scope="col">{t('status.state')}</th>
            <th scope="col">{t('status.reason')}</th>
          </tr>
        </thead>
        <tbody>{gateways.map((gateway) => <GatewayRow key={gateway.gateway} gateway={gateway} />)}</tbody>
      </table>
    </div>
  );
}

function GatewayRow({ gateway }: { gateway: GatewayDelivery }) {
  const { t } = useTranslation();
  const { number, time } = useFormats();
  return (
    <tr>
      <td className="long">{gateway.group}</td>
      <td className="long">{gateway.name}</td>
      <td className="narrow">
        <StateBadge state={gateway.state} />
        <Text size="xs" c="dimmed">{time(gateway.changed_at)}</Text>
      </td>
      <td className="long">
        {gateway.state === 'delivering' && !gateway.online && t('status.waits_offline')}
        {gateway.state === 'waiting_for_enrolment' && t('status.waits_enrolment')}
        {gateway.state === 'succeeded' && gateway.apply_ms !== undefined && t('status.apply_ms', { milliseconds: number(gateway.apply_ms) })}
        <ReasonText code={gateway.reason_code} reason={gateway.reason} />
        {gateway.mistakes && (
          <ul className="difference-list">
            {gateway.mistakes.map((mistake, index) => (
              <li key={index}><code>{mistake.pointer}</code>{`: ${mistake.message}`}</li>
            ))}
          </ul>
        )}
      </td>
    </tr>
  );
}
