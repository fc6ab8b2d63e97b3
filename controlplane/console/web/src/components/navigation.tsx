import { NavLink, ScrollArea, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { NavLink as RouterLink, useLocation } from 'react-router-dom';

import { Icon, type IconName } from './icon';
import { useTenantId } from './use_tenant_id';
import { useMayManage } from './use_user';

type Page = 'dashboard' | 'gateways' | 'policy' | 'lists' | 'ips' | 'versions' | 'bandwidth' | 'log' | 'reputation' | 'certificates' | 'audit' | 'administration';

// The five menus of the service (R023), with their pages below.
const sections: readonly { title?: 'policy' | 'analysis' | 'management'; pages: readonly (readonly [Page, IconName])[] }[] = [
  { pages: [['dashboard', 'dashboard'], ['gateways', 'gateway']] },
  { title: 'policy', pages: [['policy', 'policy'], ['lists', 'list'], ['ips', 'intrusion'], ['versions', 'history']] },
  { title: 'analysis', pages: [['bandwidth', 'bandwidth'], ['log', 'log']] },
  { title: 'management', pages: [['reputation', 'reputation'], ['certificates', 'certificate'], ['audit', 'audit'], ['administration', 'administration']] },
];

// The provider's work.
const managed: readonly Page[] = ['reputation', 'administration'];

export function Navigation({ onChoose }: { onChoose: () => void }) {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const { pathname } = useLocation();
  const mayManage = useMayManage();
  const current = pathname.split('/')[3];
  return (
    <ScrollArea component="nav" aria-label={t('nav.menu')}>
      {sections.map(({ title, pages }, index) => (
        <div key={index}>
          {title && <Text size="xs" c="dimmed" fw={600} mt="md" mb={4} px="xs">{t(`nav.section.${title}`)}</Text>}
          {pages.filter(([page]) => mayManage || !managed.includes(page)).map(([page, icon]) => (
            <NavLink key={page} component={RouterLink} to={`/t/${tenant}/${page}`} label={t(`nav.${page}`)} active={current === page}
              aria-current={current === page ? 'page' : undefined} leftSection={<Icon name={icon} />} onClick={onChoose} py={6} />
          ))}
        </div>
      ))}
    </ScrollArea>
  );
}
