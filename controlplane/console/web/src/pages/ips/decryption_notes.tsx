import { Alert, Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { Icon } from '../../components/icon';
import { useTenantId } from '../../components/use_tenant_id';
import type { SettingValue } from '../../policy/profile_sections';

type Values = Readonly<Record<string, SettingValue>>;

/** What is to be known before decryption is switched on (R072). */
export function CertificateNote({ values }: { values: Values }) {
  const { t } = useTranslation();
  const tenant = useTenantId();
  if (values.enabled !== true) return null;
  return (
    <Alert color="orange" icon={<Icon name="warning" />} title={t('certificates.warning_title')}>
      {t('decryption.certificate_needed')}{' '}
      <Anchor component={Link} to={`/t/${tenant}/certificates`} target="_blank" underline="always" size="sm">{t('decryption.to_certificates')}</Anchor>
    </Alert>
  );
}

/** What it means to believe every certificate (R075). */
export function TrustNote({ values }: { values: Values }) {
  const { t } = useTranslation();
  if (values.enabled !== true || values.untrusted_origin !== 'trust') return null;
  return <Alert color="red" role="alert" icon={<Icon name="warning" />} title={t('decryption.trust_title')}>{t('decryption.trust')}</Alert>;
}
