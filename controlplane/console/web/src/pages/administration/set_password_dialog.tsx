import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useUserChanges } from '../../api/tenants';
import type { User } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { passwordMistake } from '../../components/password_rule';

export function SetPasswordDialog({ tenant, user, onClose }: { tenant: string; user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const { setPassword: set } = useUserChanges(tenant);
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const mistake = passwordMistake(password);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!mistake) set.mutate({ user: user.id, password }, { onSuccess: onClose });
  };
  return (
    <Dialog opened onClose={onClose} title={t('users.set_password')} centered>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {set.error && <ErrorAlert error={set.error} />}
          <Text size="sm">{t('users.set_password_text', { login: user.login })}</Text>
          <PasswordInput label={t('password.new')} description={t('password.rule')} autoComplete="new-password" value={password} data-autofocus
            error={tried && mistake && t(`password.${mistake}`)} onChange={(event) => setPassword(event.currentTarget.value)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
            <Button type="submit" loading={set.isPending}>{t('common.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
