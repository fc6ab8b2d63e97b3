import { Alert, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Gateway } from '../../api/types';
import { ReasonText } from '../../components/delivery/reason_text';
import { StateBadge } from '../../components/delivery/state_badge';
import { Properties, type Property } from '../../components/properties';
import { useFormats } from '../../components/use_formats';
import { OnlineState, PortBadge } from './gateway_table';

const warnMilliseconds = 7 * 24 * 3600 * 1000;

function useProperties(gateway: Gateway): Property[] {
  const { t } = useTranslation();
  const { time, number } = useFormats();
  const expires = gateway.certificate_expires_at;
  const rows: Property[] = [
    [t('gateways.state'), <OnlineState key="state" gateway={gateway} />],
    [t('gateways.group'), gateway.group_name],
    [t('gateways.version'), t('gateways.versions', { version: gateway.version, desired: gateway.desired_version })],
  ];
  if (gateway.last_delivery) rows.push([t('gateways.last_delivery'), <StateBadge key="delivery" state={gateway.last_delivery} />]);
  if (gateway.last_reason) rows.push([t('status.reason'), <ReasonText key="reason" code={gateway.last_reason_code} reason={gateway.last_reason} />]);
  if (gateway.software_version) rows.push([t('gateway.software'), gateway.software_version]);
  if (gateway.seen_at !== undefined) rows.push([t('gateway.seen'), time(gateway.seen_at)]);
  if (gateway.state === 'enrolled' && expires > 0) rows.push([t('gateway.certificate'), time(expires)]);
  if (gateway.flows !== undefined) rows.push([t('gateway.flows'), number(gateway.flows)]);
  if (gateway.events_lost !== undefined) rows.push([t('gateway.events_lost'), number(gateway.events_lost)]);
  return rows;
}

export function OverviewTab({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const properties = useProperties(gateway);
  const left = gateway.certificate_expires_at - Date.now();
  return (
    <Stack gap="sm">
      {gateway.local_policy && <Alert color="orange">{t('gateways.local_policy')}</Alert>}
      {gateway.state === 'enrolled' && gateway.certificate_expires_at > 0 && left < warnMilliseconds && <Alert color="orange">{t('gateway.certificate_soon')}</Alert>}
      <Properties rows={properties} />
      <Title order={3}>{t('gateways.interfaces')}</Title>
      {!gateway.online && gateway.ports.length > 0 && <Text size="xs" c="dimmed">{t('gateways.stale')}</Text>}
      <PortTable gateway={gateway} />
    </Stack>
  );
}

function PortTable({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const { number, bytes } = useFormats();
  const count = (value: number | undefined, write: (value: number) => string) => (value === undefined ? '' : write(value));
  return (
    <div className="panel" style={{ overflowX: 'auto' }}>
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">{t('gateways.interfaces')}</th>
            <th scope="col" className="number">{t('port.rx_packets')}</th>
            <th scope="col" className="number">{t('port.rx_bytes')}</th>
            <th scope="col" className="number">{t('port.tx_packets')}</th>
            <th scope="col" className="number">{t('port.tx_bytes')}</th>
          </tr>
        </thead>
        <tbody>
          {gateway.ports.map((port) => (
            <tr key={port.name}>
              <td><PortBadge port={port} stale={!gateway.online} /></td>
              <td className="number">{count(port.rx_packets, number)}</td>
              <td className="number">{count(port.rx_bytes, bytes)}</td>
              <td className="number">{count(port.tx_packets, number)}</td>
              <td className="number">{count(port.tx_bytes, bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
