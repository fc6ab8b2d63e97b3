import { Alert } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { ErrorAlert } from '../../components/error_alert';

interface Props {
  change: { done: boolean; error: Error | null; refusal: string | undefined };
}

/** How the change of an authority went; nothing while there is nothing to say. */
export function ChangeResult({ change }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {change.error && <ErrorAlert error={change.error} />}
      {change.refusal !== undefined && <Alert color="red" role="alert" title={t('certificates.refused')}>{change.refusal}</Alert>}
      {change.done && <Alert color="green" role="status">{t('certificates.done')}</Alert>}
    </>
  );
}
