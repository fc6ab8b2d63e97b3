import { Alert, Button, Group, List, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { GatewayError, OfflineError, problemOf, ProblemError } from '../api/errors';
import { Icon } from './icon';

/** What went wrong, in the reader's language, with the console's own precise words below. */
export function ErrorAlert({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const problem = problemOf(error);
  const fromGateway = error instanceof GatewayError;
  const title = error instanceof OfflineError ? t('offline.title') : t(`problem.${fromGateway ? 'gateway' : (problem?.code ?? 'internal')}`);
  const wait = error instanceof ProblemError ? error.retryAfterSeconds : 0;
  return (
    <Alert color="red" variant="light" role="alert" icon={<Icon name="warning" />} title={title}>
      {wait > 0 && <Text size="sm">{t('problem.wait', { seconds: wait })}</Text>}
      {fromGateway && <Text size="xs" c="dimmed">{error.message}</Text>}
      {problem && problem.code !== 'wrong_credentials' && <Text size="xs" c="dimmed">{problem.message}</Text>}
      {problem?.mistakes && (
        <List size="xs" mt={4}>
          {problem.mistakes.map((mistake, index) => (
            <List.Item key={index}>{`${mistake.group === undefined ? '' : `${mistake.group}: `}${mistake.pointer}: ${mistake.message}`}</List.Item>
          ))}
        </List>
      )}
      {onRetry && (
        <Group mt="xs">
          <Button size="compact-sm" variant="default" onClick={onRetry}>{t('common.retry')}</Button>
        </Group>
      )}
    </Alert>
  );
}
