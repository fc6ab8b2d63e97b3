import { Box, Button, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useEffect, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useLogIn } from '../api/session';
import { ErrorAlert } from '../components/error_alert';
import { LanguageSwitch } from '../components/language_switch';

export function LogInPage() {
  const { t } = useTranslation();
  const logIn = useLogIn();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  useEffect(() => {
    document.title = `${t('log_in.title')} - Sekisho`;
  }, [t]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    logIn.mutate({ login: login.trim(), password }, { onError: () => setPassword('') });
  };
  return (
    <Box component="main" maw={380} mx="auto" mt="12vh" px="md">
      <Group justify="space-between" mb="md">
        <Title order={1} fz={24}>Sekisho</Title>
        <LanguageSwitch />
      </Group>
      <Paper withBorder p="lg" shadow="xs">
        <form onSubmit={submit}>
          <Stack>
            <Text fw={600} component="h2" m={0}>{t('log_in.title')}</Text>
            {logIn.error && <ErrorAlert error={logIn.error} />}
            <TextInput label={t('log_in.login')} autoComplete="username" required autoFocus maxLength={200} value={login}
              withAsterisk={false} onChange={(event) => setLogin(event.currentTarget.value)} />
            <PasswordInput label={t('log_in.password')} autoComplete="current-password" required maxLength={1024} value={password}
              withAsterisk={false} onChange={(event) => setPassword(event.currentTarget.value)} />
            <Button type="submit" loading={logIn.isPending} fullWidth>{t('log_in.button')}</Button>
          </Stack>
        </form>
      </Paper>
    </Box>
  );
}
