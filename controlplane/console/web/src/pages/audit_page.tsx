import { Button, Center, SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useAudit } from '../api/events';
import { PageHeader } from '../components/page_header';
import { QueryState } from '../components/query_state';
import { useFormats } from '../components/use_formats';
import { useTenantId } from '../components/use_tenant_id';
import { useUser } from '../components/use_user';

export function AuditPage() {
  const { t, i18n } = useTranslation();
  const { time } = useFormats();
  const tenant = useTenantId();
  const mayChoose = useUser().role === 'admin';
  const [scope, setScope] = useState<'tenant' | 'console'>('tenant');
  const audit = useAudit(scope === 'tenant' ? tenant : undefined);
  const actionText = (action: string) =>
    i18n.exists(`audit_action.${action}`) ? t(`audit_action.${action}` as 'audit_action.deliverAll') : action;
  return (
    <>
      <PageHeader title={t('nav.audit')}>
        {mayChoose && (
          <SegmentedControl size="xs" aria-label={t('audit.scope')} value={scope} onChange={(value) => setScope(value as typeof scope)}
            data={[{ value: 'tenant', label: t('audit.of_tenant') }, { value: 'console', label: t('audit.of_console') }]} />
        )}
        <Button variant="default" size="compact-md" loading={audit.isRefetching} onClick={() => void audit.refetch()}>{t('common.refresh')}</Button>
      </PageHeader>
      {scope === 'console' && <Text size="sm" c="dimmed" mb="xs">{t('audit.console_hint')}</Text>}
      <QueryState query={audit} isEmpty={(data) => (data.pages[0]?.length ?? 0) === 0}>
        {(data) => (
          <div className="panel panel-scroll" style={{ maxHeight: 'calc(100vh - 180px)' }}>
            <table className="grid">
              <thead>
                <tr>
                  <th scope="col">{t('audit.time')}</th>
                  <th scope="col">{t('audit.user')}</th>
                  <th scope="col">{t('audit.action')}</th>
                  <th scope="col">{t('audit.target')}</th>
                  <th scope="col">{t('audit.detail')}</th>
                </tr>
              </thead>
              <tbody>
                {data.pages.flat().map((entry) => (
                  <tr key={entry.id}>
                    <td className="nowrap">{time(entry.time)}</td>
                    <td className="long">{entry.user}</td>
                    <td className="nowrap" title={entry.action}>{actionText(entry.action)}</td>
                    <td className="long">{entry.target}</td>
                    <td className="long">{entry.detail}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {audit.hasNextPage && (
              <Center p="sm">
                <Button variant="default" size="compact-md" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>{t('common.more')}</Button>
              </Center>
            )}
          </div>
        )}
      </QueryState>
    </>
  );
}
