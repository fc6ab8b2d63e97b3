import { Center, Loader, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { ErrorAlert } from './error_alert';

interface Fetched<Data> {
  data: Data | undefined;
  error: Error | null;
  refetch: () => unknown;
}

interface Props<Data> {
  query: Fetched<Data>;
  isEmpty?: (data: Data) => boolean;
  empty?: string;
  children: (data: Data) => ReactNode;
}

/** Loading, failed with a way to try again, empty, or there. What was fetched before stays on the page during a failure. */
export function QueryState<Data>({ query, isEmpty, empty, children }: Props<Data>) {
  const { t } = useTranslation();
  if (query.data === undefined) {
    if (query.error) return <ErrorAlert error={query.error} onRetry={() => void query.refetch()} />;
    return <Center p="xl" role="status" aria-label={t('common.loading')}><Loader size="sm" /></Center>;
  }
  if (isEmpty?.(query.data)) return <Text c="dimmed" size="sm" p="lg" ta="center">{empty ?? t('common.nothing')}</Text>;
  return <>{children(query.data)}</>;
}
