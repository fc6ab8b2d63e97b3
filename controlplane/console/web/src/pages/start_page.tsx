import { Box, Group, Paper, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Navigate } from 'react-router-dom';

import { useTenants } from '../api/tenants';
import { HeaderTools } from '../components/header_tools';
import { QueryState } from '../components/query_state';
import { rememberedTenant } from '../components/tenant_chooser';
import { useMayManage, useUser } from '../components/use_user';
import { NewTenantForm } from './administration/new_tenant_form';

/** Goes to the user's tenant; who has none yet makes one here. */
export function StartPage() {
  const tenants = useTenants();
  const user = useUser();
  return (
    <QueryState query={tenants}>
      {(list) => {
        const wanted = [rememberedTenant(), user.tenant];
        const tenant = list.find(({ id }) => wanted.includes(id)) ?? list[0];
        return tenant ? <Navigate to={`/t/${tenant.id}/dashboard`} replace /> : <NoTenant />;
      }}
    </QueryState>
  );
}

function NoTenant() {
  const { t } = useTranslation();
  const mayManage = useMayManage();
  return (
    <>
      <Group className="app-header" h={48} px="md" justify="space-between">
        <Text fw={700} fz="lg">Sekisho</Text>
        <HeaderTools />
      </Group>
      <Box component="main" maw={520} mx="auto" mt="xl" px="md">
        <Title order={1} mb="md">{t('tenant.none')}</Title>
        {mayManage ? <Paper withBorder p="md"><NewTenantForm /></Paper> : <Text size="sm">{t('tenant.ask')}</Text>}
      </Box>
    </>
  );
}
