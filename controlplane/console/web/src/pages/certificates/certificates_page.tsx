import { Alert, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useGateways } from '../../api/gateways';
import { Icon } from '../../components/icon';
import { PageHeader } from '../../components/page_header';
import { QueryState } from '../../components/query_state';
import { useTenantId } from '../../components/use_tenant_id';
import { AuthorityPanel } from './authority_panel';
import { InstallHelp } from './install_help';

/** The authority of each gateway that signs for decrypted connections, and how clients come to trust it (R072, R090-R101). */
export function CertificatesPage() {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const gateways = useGateways(tenant);
  return (
    <>
      <PageHeader title={t('nav.certificates')} />
      <Stack gap="lg">
        <Alert color="orange" icon={<Icon name="warning" />} title={t('certificates.warning_title')}>{t('certificates.warning')}</Alert>
        <QueryState query={gateways} isEmpty={(all) => !all.some(({ state }) => state === 'enrolled')} empty={t('certificates.none')}>
          {(all) => (
            <>
              {all.filter(({ state }) => state === 'enrolled').map((gateway) => <AuthorityPanel key={gateway.id} tenant={tenant} gateway={gateway} />)}
            </>
          )}
        </QueryState>
        <InstallHelp />
      </Stack>
    </>
  );
}
