import { AppShell, Burger, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Outlet, useParams } from 'react-router-dom';

import { useTenants } from '../api/tenants';
import { NotFoundPage } from '../pages/not_found_page';
import { DeliveryDialogs } from './delivery/delivery_dialogs';
import { PendingBanner } from './delivery/pending_banner';
import { HeaderTools } from './header_tools';
import { Navigation } from './navigation';
import { QueryState } from './query_state';
import { TenantChooser } from './tenant_chooser';

/** Header, menu and the pending-change banner around every page of a tenant. */
export function Shell() {
  const { t } = useTranslation();
  const { tenant = '' } = useParams();
  const tenants = useTenants();
  const [menuOpen, menu] = useDisclosure(false);
  return (
    <AppShell header={{ height: 48 }} navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !menuOpen } }} padding="md">
      <a className="skip-link" href="#main">{t('common.skip')}</a>
      <AppShell.Header className="app-header" withBorder={false}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={menuOpen} onClick={menu.toggle} hiddenFrom="sm" size="sm" color="white" aria-label={t('nav.menu')} />
            <Text fw={700} fz="lg" lh={1} visibleFrom="xs">Sekisho</Text>
            <TenantChooser tenants={tenants.data ?? []} tenant={tenant} />
          </Group>
          <HeaderTools />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Navigation onChoose={menu.close} />
      </AppShell.Navbar>
      <AppShell.Main id="main">
        <QueryState query={tenants}>
          {(list) =>
            list.some(({ id }) => id === tenant) ? (
              <DeliveryDialogs key={tenant} tenant={tenant}>
                <PendingBanner tenant={tenant} />
                <Outlet />
              </DeliveryDialogs>
            ) : <NotFoundPage />
          }
        </QueryState>
      </AppShell.Main>
    </AppShell>
  );
}
