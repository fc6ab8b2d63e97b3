import { Anchor, Drawer, Stack, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { useGateways } from '../../api/gateways';
import type { Event } from '../../api/types';
import { Properties, type Property } from '../../components/properties';
import { useFormats } from '../../components/use_formats';
import { evasionOf } from './evasion';
import { ActionBadge, endpointText } from './event_table';

/** Of an alert: the number of the IPS rule, which profiles name it by. */
function signatureOf({ type, eve }: Event): number | undefined {
  const alert = type === 'alert' ? (eve as { alert?: { signature_id?: unknown } }).alert : undefined;
  return typeof alert?.signature_id === 'number' ? alert.signature_id : undefined;
}

const callbackKinds = ['list', 'dga', 'beacon', 'dns_tunnel'] as const;

/** Of a call to a C&C server: whose it is and how it was found. */
function callbackOf({ type, eve }: Event): { host: string; kind: (typeof callbackKinds)[number]; source: string } | undefined {
  const callback = type === 'callback' ? (eve as { callback?: Record<string, unknown> }).callback : undefined;
  const kind = callbackKinds.find((one) => one === callback?.kind);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return kind === undefined ? undefined : { host: text(callback?.host), kind, source: text(callback?.source) };
}

/** What the page says that answered the blocked request. */
function requestIdOf({ eve }: Event): string | undefined {
  const { policy, block } = eve as { policy?: { block_id?: unknown }; block?: { id?: unknown } };
  const id = policy?.block_id ?? block?.id;
  return typeof id === 'string' ? id : undefined;
}

/** As rules name it: with what it was used for, where that is known. */
function applicationOf({ application, eve }: Event): string | undefined {
  const { app } = eve as { app?: { function?: unknown } };
  return application && typeof app?.function === 'string' ? `${application}/${app.function}` : application;
}

export function EventDrawer({ tenant, event, onClose }: { tenant: string; event: Event; onClose: () => void }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const gateways = useGateways(tenant);
  const group = gateways.data?.find(({ id }) => id === event.gateway)?.group;
  const number = signatureOf(event);
  const callback = callbackOf(event);
  const evasion = evasionOf(event);
  const requestId = requestIdOf(event);
  // The rule of the group's draft now; of the version that decided there may be another by that name.
  const place = number === undefined ? `policy/${group}?${new URLSearchParams({ rule: event.rule ?? '' }).toString()}` : `ips/${group}`;
  const link = event.rule !== undefined && group !== undefined && callback === undefined && event.type !== 'evasion' && (
    <Anchor component={Link} size="sm" to={`/t/${tenant}/${place}`}>{number === undefined ? t('log.to_rule') : t('ips.title')}</Anchor>
  );
  const rows: Property[] = [
    [t('log.time'), time(event.time)],
    [t('log.gateway'), event.gateway_name],
    [t('log.rule'), <>{evasion === undefined ? event.rule : t(`log.evasion.kind.${evasion.kind}`)} {link}</>],
    ...(callback === undefined ? [] : [
      [t('log.callback.host'), callback.host] as const,
      [t('log.callback.found_by'), t(`log.callback.kind.${callback.kind}`)] as const,
      [t('log.callback.source'), callback.source] as const,
    ]),
    ...(evasion === undefined ? [] : [
      [t('log.evasion.host'), evasion.host] as const,
      [t('log.evasion.claimed'), evasion.claimed] as const,
      [t('log.evasion.actual'), evasion.actual] as const,
    ]),
    ...(number === undefined ? [] : [[t('ips.rule_number'), number] as const]),
    [t('log.version'), event.version === undefined ? '' : event.version === 0 ? t('log.local_version') : t('versions.version', { version: event.version })],
    [t('log.action'), <ActionBadge key="action" action={event.action} />],
    [t('log.source'), endpointText(event.source, event.source_port)],
    [t('log.destination'), endpointText(event.destination, event.destination_port)],
    [t('log.protocol'), event.protocol],
    [t('log.application'), applicationOf(event)],
    ...(requestId === undefined ? [] : [[t('log.request_id'), requestId] as const]),
  ];
  return (
    <Drawer opened onClose={onClose} title={t('log.detail')} position="right" size="min(640px, 100vw)" closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Stack gap="sm">
        <Properties rows={rows} />
        <Title order={3}>{t('log.record')}</Title>
        <pre className="pre">{JSON.stringify(event.eve, undefined, 2)}</pre>
      </Stack>
    </Drawer>
  );
}
