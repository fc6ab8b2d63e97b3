import { useTranslation } from 'react-i18next';
import { useBlocker } from 'react-router-dom';

import { ConfirmDialog } from '../../components/dialog';
import { useReportUnsaved } from '../../components/unsaved';

/** Asks before a page with unsaved edits is left. */
export function LeaveGuard({ dirty }: { dirty: boolean }) {
  const { t } = useTranslation();
  useReportUnsaved(dirty);
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname);
  if (blocker.state !== 'blocked') return null;
  return (
    <ConfirmDialog title={t('leave.title')} text={t('leave.text')} action={t('leave.leave')} danger
      onConfirm={() => blocker.proceed()} onClose={() => blocker.reset()} />
  );
}
