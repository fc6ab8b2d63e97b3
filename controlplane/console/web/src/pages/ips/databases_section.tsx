import { Badge, Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useDatabaseChanges } from '../../api/content';
import type { Content, ContentDatabase, GatewayDatabase } from '../../api/types';
import { ReasonText } from '../../components/delivery/reason_text';
import { ErrorAlert } from '../../components/error_alert';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { DatabaseDialog } from './database_dialog';

/** URL categories, ratings and C&C servers: like packs they go to the gateways at once. */
export function DatabasesSection({ tenant, content }: { tenant: string; content: Content }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <section aria-label={t('databases.title')}>
      <Group justify="space-between" mt="lg" mb={4}>
        <Text size="sm" fw={600}>{t('databases.title')}</Text>
        <Button size="compact-sm" variant="default" leftSection={<Icon name="up" />} onClick={() => setOpen(true)}>{t('databases.publish')}</Button>
      </Group>
      <DatabaseTable tenant={tenant} databases={content.databases} />
      <Text size="xs" c="dimmed" mt="xs" mb="md">{t('databases.hint')}</Text>
      <GatewayTable content={content} />
      {open && <DatabaseDialog tenant={tenant} onClose={() => setOpen(false)} />}
    </section>
  );
}

function DatabaseTable({ tenant, databases }: { tenant: string; databases: readonly ContentDatabase[] }) {
  const { t } = useTranslation();
  const { number, bytes, time } = useFormats();
  const { returnTo } = useDatabaseChanges(tenant);
  return (
    <div className="panel panel-scroll">
      {returnTo.error && <ErrorAlert error={returnTo.error} />}
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">{t('databases.kind')}</th>
            <th scope="col">{t('packs.version')}</th>
            <th scope="col">{t('databases.entries')}</th>
            <th scope="col">{t('databases.built')}</th>
            <th scope="col">{t('packs.published')}</th>
            <th scope="col" className="narrow">{t('common.actions')}</th>
          </tr>
        </thead>
        <tbody>
          {databases.map(({ kind, version, versions }) => {
            const [newest, before] = versions;
            return (
              <tr key={kind} data-database={kind}>
                <td className="long">{t(`databases.kinds.${kind}`)}<Text size="xs" c="dimmed">{newest?.notes}</Text></td>
                <td className="nowrap">{number(version)}</td>
                <td className="nowrap">{number(newest?.entries ?? 0)}<Text size="xs" c="dimmed">{bytes(newest?.packed_bytes ?? 0)}</Text></td>
                <td className="nowrap">{newest && time(newest.built * 1000)}</td>
                <td className="nowrap">{newest && time(newest.created_at)}<Text size="xs" c="dimmed">{newest?.created_by}</Text></td>
                <td className="narrow">
                  <Button size="compact-xs" variant="default" disabled={before === undefined} loading={returnTo.isPending}
                    aria-label={t('databases.return_of', { name: t(`databases.kinds.${kind}`) })}
                    onClick={() => before && returnTo.mutate({ kind, version: before.version })}>{t('databases.return')}</Button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {databases.length === 0 && <Text c="dimmed" size="sm" p="lg" ta="center">{t('databases.none')}</Text>}
    </div>
  );
}

/** Which versions each gateway has, and what of it is too old. */
function GatewayTable({ content }: { content: Content }) {
  const { t } = useTranslation();
  return (
    <div className="panel panel-scroll">
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">{t('packs.gateway')}</th>
            <th scope="col">{t('databases.in_force')}</th>
          </tr>
        </thead>
        <tbody>
          {content.gateways.map(({ gateway, name, databases }) => (
            <tr key={gateway} data-databases-of={name}>
              <td className="long">{name}</td>
              <td>{databases.map((one) => <OneDatabase key={one.kind} database={one} />)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OneDatabase({ database }: { database: GatewayDatabase }) {
  const { t, i18n } = useTranslation();
  const { number, date } = useFormats();
  const kind = i18n.exists(`databases.kinds.${database.kind}`) ? t(`databases.kinds.${database.kind as 'urls'}`) : database.kind;
  const failed = database.state === 'refused' || database.state === 'rolled_back';
  return (
    <div>
      {database.version_in_force === 0 ? t('databases.own', { kind }) : t('databases.one_in_force', { kind, version: number(database.version_in_force), built: date(database.built * 1000) })}
      {' '}
      {database.stale && <Badge color="yellow" variant="light" tt="none">{t('databases.stale')}</Badge>}
      {failed && <ReasonText code={database.reason_code} reason={t(`databases.${database.state === 'refused' ? 'refused' : 'rolled_back'}`, { version: number(database.version), reason: database.reason ?? '' })} />}
    </div>
  );
}
