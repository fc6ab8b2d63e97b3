import { Drawer, Tabs } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Activation, Gateway } from '../../api/types';
import { useMayManage } from '../../components/use_user';
import { DecryptionTab } from './decryption_tab';
import { DiagnosticsTab } from './diagnostics_tab';
import { ManageTab } from './manage_tab';
import { OverviewTab } from './overview_tab';

interface Props {
  tenant: string;
  gateway: Gateway;
  onClose: () => void;
  onActivation: (activation: Activation) => void;
}

export function GatewayDrawer({ tenant, gateway, onClose, onActivation }: Props) {
  const { t } = useTranslation();
  const mayManage = useMayManage();
  return (
    <Drawer opened onClose={onClose} title={gateway.name} position="right" size="min(760px, 100vw)" closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Tabs defaultValue="overview" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="overview">{t('gateway.overview')}</Tabs.Tab>
          {gateway.state === 'enrolled' && <Tabs.Tab value="decryption">{t('profile_section.title.https_decryption')}</Tabs.Tab>}
          {gateway.state === 'enrolled' && <Tabs.Tab value="diagnostics">{t('gateway.diagnostics')}</Tabs.Tab>}
          {mayManage && <Tabs.Tab value="manage">{t('gateway.manage')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="overview"><OverviewTab gateway={gateway} /></Tabs.Panel>
        <Tabs.Panel value="decryption"><DecryptionTab tenant={tenant} gateway={gateway} /></Tabs.Panel>
        <Tabs.Panel value="diagnostics"><DiagnosticsTab tenant={tenant} gateway={gateway} mayCapture={mayManage} /></Tabs.Panel>
        {mayManage && (
          <Tabs.Panel value="manage"><ManageTab tenant={tenant} gateway={gateway} onActivation={onActivation} onGone={onClose} /></Tabs.Panel>
        )}
      </Tabs>
    </Drawer>
  );
}
