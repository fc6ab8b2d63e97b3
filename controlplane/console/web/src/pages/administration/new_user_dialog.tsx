import { Button, Group, PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useUserChanges } from '../../api/tenants';
import type { Role } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { passwordMistake } from '../../components/password_rule';
import { useUser } from '../../components/use_user';

export function NewUserDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
  const { t } = useTranslation();
  const me = useUser();
  const { create } = useUserChanges(tenant);
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('customer');
  const [tried, setTried] = useState(false);
  const badLogin = login === '' || /\s/.test(login);
  const mistake = passwordMistake(password);
  const roles: Role[] = me.role === 'admin' ? ['customer', 'provider', 'admin'] : ['customer'];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!badLogin && !mistake) create.mutate({ login, password, role }, { onSuccess: onClose });
  };
  return (
    <Dialog opened onClose={onClose} title={t('users.add')} centered>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {create.error && <ErrorAlert error={create.error} />}
          <TextInput label={t('users.login')} value={login} maxLength={200} autoComplete="off" data-autofocus error={tried && badLogin && t('users.bad_login')}
            onChange={(event) => setLogin(event.currentTarget.value)} />
          <PasswordInput label={t('password.new')} description={t('password.rule')} autoComplete="new-password" value={password}
            error={tried && mistake && t(`password.${mistake}`)} onChange={(event) => setPassword(event.currentTarget.value)} />
          <Select label={t('users.role')} allowDeselect={false} value={role} data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
            onChange={(value) => setRole((value ?? 'customer') as Role)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
            <Button type="submit" loading={create.isPending}>{t('common.add')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
