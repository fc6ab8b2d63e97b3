import { ActionIcon, Box, Button, Group, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useLogOut } from '../api/session';
import { Icon } from './icon';
import { LanguageSwitch } from './language_switch';
import { ChangePasswordDialog } from './change_password_dialog';
import { useUser } from './use_user';

export function HeaderTools() {
  const { t } = useTranslation();
  const user = useUser();
  const logOut = useLogOut();
  const [changingPassword, setChangingPassword] = useState(false);
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  return (
    <Group gap="xs" wrap="nowrap">
      <LanguageSwitch />
      <ActionIcon variant="subtle" color="gray.3" aria-label={t('header.color_scheme')}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}>
        <Icon name="moon" />
      </ActionIcon>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <Button variant="subtle" color="gray.3" size="compact-sm" leftSection={<Icon name="user" />} aria-label={t('header.user_menu', { login: user.login })}>
            <Box component="span" visibleFrom="xs">{user.login}</Box>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{user.login} ({t(`role.${user.role}`)})</Menu.Label>
          <Menu.Item onClick={() => setChangingPassword(true)}>{t('header.change_password')}</Menu.Item>
          <Menu.Item onClick={() => logOut.mutate()}>{t('header.log_out')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {changingPassword && <ChangePasswordDialog onClose={() => setChangingPassword(false)} />}
    </Group>
  );
}
