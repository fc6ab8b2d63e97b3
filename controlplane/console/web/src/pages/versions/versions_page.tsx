import { Button, Center, Group, Menu, ActionIcon } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useDeliveries } from '../../api/deliveries';
import type { Delivery } from '../../api/types';
import { DeliveryCounters } from '../../components/delivery/counters';
import { useDeliveryActions } from '../../components/delivery/delivery_context';
import { Icon } from '../../components/icon';
import { PageHeader } from '../../components/page_header';
import { QueryState } from '../../components/query_state';
import { useFormats } from '../../components/use_formats';
import { useTenantId } from '../../components/use_tenant_id';
import { DifferencesDialog } from './differences_dialog';
import { ReturnDialog } from './return_dialog';

type Open = { dialog: 'differences' | 'return'; version: number } | undefined;

export function VersionsPage() {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const deliveries = useDeliveries(tenant);
  const [open, setOpen] = useState<Open>();
  const versions = deliveries.data?.pages.flat().map(({ version }) => version) ?? [];
  return (
    <>
      <PageHeader title={t('nav.versions')} />
      <QueryState query={deliveries} isEmpty={(data) => (data.pages[0]?.length ?? 0) === 0} empty={t('versions.none')}>
        {(data) => (
          <div className="panel panel-scroll" style={{ maxHeight: 'calc(100vh - 180px)' }}>
            <VersionTable deliveries={data.pages.flat()} onOpen={setOpen} />
            {deliveries.hasNextPage && (
              <Center p="sm">
                <Button variant="default" size="compact-md" loading={deliveries.isFetchingNextPage} onClick={() => void deliveries.fetchNextPage()}>
                  {t('common.more')}
                </Button>
              </Center>
            )}
          </div>
        )}
      </QueryState>
      {open?.dialog === 'differences' && (
        <DifferencesDialog tenant={tenant} version={open.version} versions={versions} onClose={() => setOpen(undefined)} />
      )}
      {open?.dialog === 'return' && <ReturnDialog tenant={tenant} version={open.version} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function VersionTable({ deliveries, onOpen }: { deliveries: readonly Delivery[]; onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  return (
    <table className="grid">
      <thead>
        <tr>
          <th scope="col" className="narrow">{t('versions.number')}</th>
          <th scope="col">{t('versions.time')}</th>
          <th scope="col">{t('versions.user')}</th>
          <th scope="col">{t('versions.comment')}</th>
          <th scope="col">{t('versions.state')}</th>
          <th scope="col" className="narrow">{t('common.actions')}</th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map((delivery, index) => (
          <VersionRow key={delivery.version} delivery={delivery} newest={index === 0} onOpen={onOpen} />
        ))}
      </tbody>
    </table>
  );
}

function VersionRow({ delivery, newest, onOpen }: { delivery: Delivery; newest: boolean; onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const { showStatus } = useDeliveryActions();
  const { version } = delivery;
  const label = t('versions.version', { version });
  return (
    <tr data-version={version}>
      <td className="narrow">
        <button type="button" className="row-button" onClick={() => showStatus(version)} aria-label={t('versions.status_of', { version })}>{label}</button>
        {newest && ` ${t('versions.newest')}`}
      </td>
      <td className="nowrap">{time(delivery.created_at)}</td>
      <td className="long">{delivery.created_by}</td>
      <td className="long">{delivery.comment}</td>
      <td className="narrow"><DeliveryCounters delivery={delivery} size="sm" oneLine /></td>
      <td className="narrow">
        <Group gap={4} wrap="nowrap">
          <Button size="compact-xs" variant="default" onClick={() => onOpen({ dialog: 'differences', version })}>{t('versions.differences')}</Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('common.actions_of', { name: label })}><Icon name="more" /></ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => showStatus(version)}>{t('versions.status')}</Menu.Item>
              <Menu.Item onClick={() => onOpen({ dialog: 'return', version })}>{t('versions.return')}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </td>
    </tr>
  );
}
