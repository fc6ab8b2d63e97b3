import { Button, Group, Pill, SegmentedControl, Select, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router-dom';

import { useBandwidth } from '../../api/bandwidth';
import { useGateways } from '../../api/gateways';
import { PageHeader } from '../../components/page_header';
import { QueryState } from '../../components/query_state';
import { useTenantId } from '../../components/use_tenant_id';
import { TimeChart } from './time_chart';
import { UsageTable } from './usage_table';
import { drillDown, keys, periods, readView, toQuery, writeView, type View } from './view';

/** Application bandwidth (R118). The view is in the address, so that it can be linked to and gone back from. */
export function BandwidthPage() {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const [address, setAddress] = useSearchParams();
  const view = readView(address);
  const show = (next: View) => setAddress(writeView(next));
  const gateways = useGateways(tenant);
  const usage = useBandwidth(tenant, periods[view.period], toQuery(view));
  const chosen = keys.filter((key) => view.only[key] !== '');
  return (
    <>
      <PageHeader title={t('bandwidth.title')}>
        <Button variant="default" size="compact-md" onClick={() => void usage.refetch()}>{t('common.refresh')}</Button>
      </PageHeader>
      <Group mb="sm" gap="sm" align="end">
        <SegmentedControl size="xs" aria-label={t('bandwidth.by.label')} value={view.by} onChange={(by) => show({ ...view, by: by as View['by'] })}
          data={keys.map((value) => ({ value, label: t(`bandwidth.by.${value}`) }))} />
        <SegmentedControl size="xs" aria-label={t('bandwidth.period.label')} value={view.period} onChange={(period) => show({ ...view, period: period as View['period'] })}
          data={(Object.keys(periods) as View['period'][]).map((value) => ({ value, label: t(`bandwidth.period.${value}`) }))} />
        <Select size="xs" aria-label={t('bandwidth.gateway')} clearable searchable placeholder={t('bandwidth.every_gateway')} value={view.gateway === '' ? null : view.gateway}
          data={(gateways.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} onChange={(gateway) => show({ ...view, gateway: gateway ?? '' })} />
      </Group>
      {chosen.length > 0 && (
        <Group mb="sm" gap="xs">
          <Text size="sm" c="dimmed">{t('bandwidth.only')}</Text>
          {chosen.map((key) => (
            <Pill key={key} withRemoveButton removeButtonProps={{ 'aria-label': t('bandwidth.no_longer_only', { who: view.only[key] }), 'aria-hidden': false, tabIndex: 0 }}
              onRemove={() => show({ ...view, by: key, only: { ...view.only, [key]: '' } })}>
              {`${t(`bandwidth.by.${key}`)}: ${view.only[key]}`}
            </Pill>
          ))}
        </Group>
      )}
      <QueryState query={usage} isEmpty={(data) => data.rows.length === 0} empty={t('bandwidth.none')}>
        {(data) => (
          <>
            <TimeChart times={data.times} />
            <UsageTable by={view.by} data={data} onChoose={(who) => show(drillDown(view, who))} />
          </>
        )}
      </QueryState>
    </>
  );
}
