import { Alert } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import { api } from '../api/client';
import { reportOnline, useOffline } from '../api/reachability';
import { Icon } from './icon';

const retryMilliseconds = 3000;

/** Shown while the console does not answer; asks until it does, then everything on the page is fetched again. */
export function OfflineBanner() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const offline = useOffline();
  useEffect(() => {
    if (!offline) return undefined;
    const ask = async () => {
      try {
        const { response } = await api.GET('/health');
        if (!response.ok) return;
      } catch {
        return;
      }
      reportOnline();
      await cache.invalidateQueries();
    };
    const timer = setInterval(() => void ask(), retryMilliseconds);
    return () => clearInterval(timer);
  }, [offline, cache]);
  if (!offline) return null;
  return (
    <Alert color="orange" variant="filled" radius={0} py={6} pos="fixed" bottom={0} left={0} right={0} style={{ zIndex: 1000 }} icon={<Icon name="warning" />} role="alert">
      {t('offline.title')} {t('offline.text')}
    </Alert>
  );
}
