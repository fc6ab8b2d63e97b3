import { Button, Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router-dom';

import { useEvents } from '../../api/events';
import type { Event } from '../../api/types';
import { PageHeader } from '../../components/page_header';
import { QueryState } from '../../components/query_state';
import { useTenantId } from '../../components/use_tenant_id';
import { EventDrawer } from './event_drawer';
import { EventTable } from './event_table';
import { readFilter, toQuery, writeFilter } from './filter';
import { LogFilter } from './log_filter';

/** Policy enforcement (R119). The filter is in the address, so that a view can be linked to and reloaded. */
export function LogPage() {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const [address, setAddress] = useSearchParams();
  const [live, setLive] = useState(true);
  const [chosen, setChosen] = useState<Event>();
  const filter = readFilter(address);
  const events = useEvents(tenant, toQuery(filter), live);
  return (
    <>
      <PageHeader title={t('log.title')}>
        <Switch size="sm" label={t('log.live')} checked={live} onChange={(event) => setLive(event.currentTarget.checked)} />
        <Button variant="default" size="compact-md" onClick={() => void events.refetch()}>{t('common.refresh')}</Button>
      </PageHeader>
      <LogFilter key={address.toString()} tenant={tenant} filter={filter} onFilter={(texts) => setAddress(writeFilter(texts))} />
      <QueryState query={events} isEmpty={(data) => (data.pages[0]?.events.length ?? 0) === 0} empty={t('log.none')}>
        {(data) => (
          <EventTable events={data.pages.flatMap((page) => page.events)} onChoose={setChosen} hasMore={events.hasNextPage}
            loadingMore={events.isFetchingNextPage} onMore={() => void events.fetchNextPage()} />
        )}
      </QueryState>
      {chosen && <EventDrawer tenant={tenant} event={chosen} onClose={() => setChosen(undefined)} />}
    </>
  );
}
