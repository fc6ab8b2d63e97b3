import { Anchor, Card, Group, SimpleGrid, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { useLastDelivery } from '../api/deliveries';
import { useNewestBlocks } from '../api/events';
import { useGateways } from '../api/gateways';
import type { Gateway } from '../api/types';
import { DeliveryCounters } from '../components/delivery/counters';
import { useDeliveryActions } from '../components/delivery/delivery_context';
import { PageHeader } from '../components/page_header';
import { QueryState } from '../components/query_state';
import { useFormats } from '../components/use_formats';
import { useTenantId } from '../components/use_tenant_id';
import { endpointText } from './log/event_table';

export function DashboardPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t('nav.dashboard')} />
      <SimpleGrid cols={{ base: 1, md: 2 }} mb="md">
        <GatewayCard />
        <DeliveryCard />
      </SimpleGrid>
      <BlocksCard />
    </>
  );
}

function Count({ label, value, color }: { label: string; value: number; color?: string }) {
  const { number } = useFormats();
  return (
    <div>
      <Text fz={28} fw={600} lh={1.1} {...(color && value > 0 ? { c: color } : {})}>{number(value)}</Text>
      <Text size="xs" c="dimmed">{label}</Text>
    </div>
  );
}

function GatewayCard() {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const gateways = useGateways(tenant);
  const enrolled = (list: Gateway[]) => list.filter(({ state }) => state === 'enrolled');
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t('nav.gateways')}</Title>
        <Anchor component={Link} to="../gateways" size="sm">{t('dashboard.all_gateways')}</Anchor>
      </Group>
      <QueryState query={gateways} isEmpty={(list) => list.length === 0} empty={t('gateways.none')}>
        {(list) => (
          <Group gap="xl">
            <Count label={t('gateways.online')} value={enrolled(list).filter(({ online }) => online).length} color="green" />
            <Count label={t('gateways.offline')} value={enrolled(list).filter(({ online }) => !online).length} color="red" />
            <Count label={t('gateway_state.waiting_for_activation')} value={list.filter(({ state }) => state === 'waiting_for_activation').length} />
            <Count label={t('dashboard.behind')} value={enrolled(list).filter((gateway) => gateway.version !== gateway.desired_version).length} color="orange" />
          </Group>
        )}
      </QueryState>
    </Card>
  );
}

function DeliveryCard() {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const { time } = useFormats();
  const last = useLastDelivery(tenant);
  const { showStatus } = useDeliveryActions();
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t('dashboard.last_delivery')}</Title>
        <Anchor component={Link} to="../versions" size="sm">{t('nav.versions')}</Anchor>
      </Group>
      <QueryState query={last} isEmpty={(delivery) => delivery === null} empty={t('versions.none')}>
        {(delivery) => delivery && (
          <>
            <Group mb={6} gap="md">
              <button type="button" className="row-button" onClick={() => showStatus(delivery.version)}>
                {t('versions.version', { version: delivery.version })}
              </button>
              <DeliveryCounters delivery={delivery} />
            </Group>
            <Text size="xs" c="dimmed">{t('status.by', { user: delivery.created_by, time: time(delivery.created_at) })}</Text>
            {delivery.comment !== '' && <Text size="sm" mt={4}>{delivery.comment}</Text>}
          </>
        )}
      </QueryState>
    </Card>
  );
}

function BlocksCard() {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const { time } = useFormats();
  const blocks = useNewestBlocks(tenant);
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t('dashboard.newest_blocks')}</Title>
        <Anchor component={Link} to="../log?action=block" size="sm">{t('dashboard.all_blocks')}</Anchor>
      </Group>
      <QueryState query={blocks} isEmpty={(list) => list.length === 0} empty={t('dashboard.no_blocks')}>
        {(list) => (
          <Card.Section style={{ overflowX: 'auto' }}>
            <table className="grid">
              <thead>
                <tr>
                  <th scope="col">{t('log.time')}</th>
                  <th scope="col">{t('log.gateway')}</th>
                  <th scope="col">{t('log.rule')}</th>
                  <th scope="col">{t('log.source')}</th>
                  <th scope="col">{t('log.destination')}</th>
                </tr>
              </thead>
              <tbody>
                {list.map((event, index) => (
                  <tr key={`${event.time}-${index}`}>
                    <td className="nowrap">{time(event.time)}</td>
                    <td className="long">{event.gateway_name}</td>
                    <td className="long">{event.rule}</td>
                    <td className="nowrap">{event.source}</td>
                    <td className="nowrap">{endpointText(event.destination, event.destination_port)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Card.Section>
        )}
      </QueryState>
    </Card>
  );
}
