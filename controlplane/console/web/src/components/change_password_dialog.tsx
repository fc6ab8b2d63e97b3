import { Alert, Button, Group, PasswordInput, Stack } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { problemOf } from '../api/errors';
import { useChangeOwnPassword } from '../api/session';
import { Dialog } from './dialog';
import { ErrorAlert } from './error_alert';
import { passwordMistake } from './password_rule';

export function ChangePasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const change = useChangeOwnPassword();
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [tried, setTried] = useState(false);
  const mistake = passwordMistake(password);
  const wrongOld = problemOf(change.error)?.code === 'wrong_credentials';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!mistake && password === again && old !== '') change.mutate({ old_password: old, password });
  };
  if (change.isSuccess) {
    return (
      <Dialog opened onClose={onClose} title={t('password.title')} centered>
        <Alert color="green" role="status">{t('password.changed')}</Alert>
      </Dialog>
    );
  }
  return (
    <Dialog opened onClose={onClose} title={t('password.title')} centered>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {change.error && !wrongOld && <ErrorAlert error={change.error} />}
          <PasswordInput label={t('password.old')} autoComplete="current-password" value={old} data-autofocus
            onChange={(event) => setOld(event.currentTarget.value)} error={wrongOld ? t('password.wrong_old') : tried && old === '' && t('field.missing')} />
          <PasswordInput label={t('password.new')} description={t('password.rule')} autoComplete="new-password" value={password}
            onChange={(event) => setPassword(event.currentTarget.value)} error={tried && mistake && t(`password.${mistake}`)} />
          <PasswordInput label={t('password.again')} autoComplete="new-password" value={again}
            onChange={(event) => setAgain(event.currentTarget.value)} error={tried && password !== again && t('password.differ')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
            <Button type="submit" loading={change.isPending}>{t('common.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
