import { Alert } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Alert color="gray" title={t('not_found.title')} m="md">
      {t('not_found.text')} <Link to="/">{t('not_found.start')}</Link>
    </Alert>
  );
}
