import { Badge, Button, Center } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Event } from '../../api/types';
import { useFormats } from '../../components/use_formats';
import { evasionOf } from './evasion';

interface Props {
  events: readonly Event[];
  onChoose: (event: Event) => void;
  hasMore: boolean;
  loadingMore: boolean;
  onMore: () => void;
}

const columns = ['time', 'gateway', 'rule', 'version', 'action', 'source', 'destination', 'protocol', 'application'] as const;
const actionColors: Record<string, string> = { allow: 'green', block: 'red', monitor: 'blue' };

export function endpointText(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return '';
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

export function EventTable({ events, onChoose, hasMore, loadingMore, onMore }: Props) {
  const { t } = useTranslation();
  return (
    <div className="panel panel-scroll" style={{ maxHeight: 'calc(100vh - 330px)' }}>
      <table className="grid">
        <thead><tr>{columns.map((column) => <th key={column} scope="col">{t(`log.${column}`)}</th>)}</tr></thead>
        <tbody>{events.map((event, index) => <EventRow key={`${event.time}-${events.length - index}`} event={event} onChoose={onChoose} />)}</tbody>
      </table>
      {hasMore && <Center p="sm"><Button variant="default" size="compact-md" loading={loadingMore} onClick={onMore}>{t('common.more')}</Button></Center>}
    </div>
  );
}

export function ActionBadge({ action }: { action: string | undefined }) {
  const { t } = useTranslation();
  if (action === undefined) return null;
  const known = action === 'allow' || action === 'block' || action === 'monitor';
  return <Badge size="sm" variant="light" tt="none" color={actionColors[action] ?? 'gray'}>{known ? t(`action.${action}`) : action}</Badge>;
}

function EventRow({ event, onChoose }: { event: Event; onChoose: (event: Event) => void }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const evasion = evasionOf(event);
  return (
    <tr>
      <td className="nowrap">
        <button type="button" className="row-button" onClick={() => onChoose(event)} aria-label={t('log.open', { time: time(event.time) })}>{time(event.time)}</button>
      </td>
      <td className="long">{event.gateway_name}</td>
      <td className="long" style={{ minWidth: 140 }}>{evasion === undefined ? event.rule : t(`log.evasion.kind.${evasion.kind}`)}</td>
      <td className="number">{event.version}</td>
      <td><ActionBadge action={event.action} /></td>
      <td className="nowrap">{endpointText(event.source, event.source_port)}</td>
      <td className="nowrap">{endpointText(event.destination, event.destination_port)}</td>
      <td>{event.protocol}</td>
      <td>{event.application}</td>
    </tr>
  );
}
