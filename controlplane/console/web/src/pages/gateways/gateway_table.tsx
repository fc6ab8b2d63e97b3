import { Badge, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Gateway, Port } from '../../api/types';
import { ReasonText } from '../../components/delivery/reason_text';
import { StateBadge } from '../../components/delivery/state_badge';
import { useFormats } from '../../components/use_formats';

export function GatewayTable({ gateways, onChoose }: { gateways: readonly Gateway[]; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className="panel panel-scroll" style={{ maxHeight: 'calc(100vh - 180px)' }}>
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">{t('gateways.name')}</th>
            <th scope="col">{t('gateways.group')}</th>
            <th scope="col">{t('gateways.state')}</th>
            <th scope="col">{t('gateways.version')}</th>
            <th scope="col">{t('gateways.last_delivery')}</th>
            <th scope="col">{t('gateways.interfaces')}</th>
          </tr>
        </thead>
        <tbody>{gateways.map((gateway) => <GatewayRow key={gateway.id} gateway={gateway} onChoose={onChoose} />)}</tbody>
      </table>
    </div>
  );
}

function GatewayRow({ gateway, onChoose }: { gateway: Gateway; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  return (
    <tr data-gateway={gateway.name}>
      <td className="long"><button type="button" className="row-button" onClick={() => onChoose(gateway.id)}>{gateway.name}</button></td>
      <td className="long">{gateway.group_name}</td>
      <td className="nowrap"><OnlineState gateway={gateway} /></td>
      <td className="nowrap">
        {t('gateways.versions', { version: gateway.version, desired: gateway.desired_version })}
        {gateway.local_policy && <Text size="xs" c="orange" maw={200} style={{ whiteSpace: 'normal' }}>{t('gateways.local_policy')}</Text>}
      </td>
      <td className="long">
        {gateway.last_delivery && <StateBadge state={gateway.last_delivery} />}
        <ReasonText code={gateway.last_reason_code} reason={gateway.last_reason} />
      </td>
      <td><Group gap={4}>{gateway.ports.map((port) => <PortBadge key={port.name} port={port} stale={!gateway.online} />)}</Group></td>
    </tr>
  );
}

export function OnlineState({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  if (gateway.state !== 'enrolled') {
    return <Badge variant="light" tt="none" color={gateway.state === 'revoked' ? 'red' : 'gray'}>{t(`gateway_state.${gateway.state}`)}</Badge>;
  }
  return (
    <>
      <Badge variant="light" tt="none" color={gateway.online ? 'green' : 'red'}>{gateway.online ? t('gateways.online') : t('gateways.offline')}</Badge>
      {!gateway.online && gateway.seen_at !== undefined && <Text size="xs" c="dimmed">{t('gateways.seen', { time: time(gateway.seen_at) })}</Text>}
      {gateway.online && gateway.dataplane_up === false && <Text size="xs" c="red">{t('gateways.dataplane_down')}</Text>}
    </>
  );
}

/** `stale`: as it was when the gateway was last heard of. */
export function PortBadge({ port, stale }: { port: Port; stale: boolean }) {
  const { t } = useTranslation();
  const { speed } = useFormats();
  const state = port.link_up ? (port.speed_mbps ? speed(port.speed_mbps) : t('gateways.link_up')) : t('gateways.link_down');
  return (
    <Badge variant={port.link_up && !stale ? 'light' : 'outline'} color={stale ? 'gray' : port.link_up ? 'green' : 'red'} tt="none" size="sm" radius="sm"
      {...(stale ? { title: t('gateways.stale') } : {})}>
      {`${port.name} (${port.side.toUpperCase()}): ${state}`}
    </Badge>
  );
}
