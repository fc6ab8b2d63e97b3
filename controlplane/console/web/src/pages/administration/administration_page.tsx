import { Tabs } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { PageHeader } from '../../components/page_header';
import { useTenantId } from '../../components/use_tenant_id';
import { useMayManage } from '../../components/use_user';
import { NotFoundPage } from '../not_found_page';
import { GroupsTab } from './groups_tab';
import { TenantTab } from './tenant_tab';
import { UsersTab } from './users_tab';

export function AdministrationPage() {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const mayManage = useMayManage();
  if (!mayManage) return <NotFoundPage />;
  return (
    <>
      <PageHeader title={t('nav.administration')} />
      <Tabs defaultValue="users" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="users">{t('users.title')}</Tabs.Tab>
          <Tabs.Tab value="groups">{t('groups.title')}</Tabs.Tab>
          <Tabs.Tab value="tenant">{t('tenant.title')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users"><UsersTab tenant={tenant} /></Tabs.Panel>
        <Tabs.Panel value="groups"><GroupsTab tenant={tenant} /></Tabs.Panel>
        <Tabs.Panel value="tenant"><TenantTab tenant={tenant} /></Tabs.Panel>
      </Tabs>
    </>
  );
}
