import { Center, Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Outlet } from 'react-router-dom';

import { useSession } from '../api/session';
import { LogInPage } from '../pages/log_in_page';
import { OfflineBanner } from './offline_banner';

/** Nothing but the log-in without a session; the address stays, so that the user comes to where he wanted. */
export function SessionGate() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <>
      <OfflineBanner />
      {session.data === undefined ? (
        <Center h="60vh" role="status" aria-label={t('common.loading')}><Loader /></Center>
      ) : session.data === null ? <LogInPage /> : <Outlet />}
    </>
  );
}
