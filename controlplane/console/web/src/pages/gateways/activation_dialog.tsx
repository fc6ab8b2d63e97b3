import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Activation } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { useFormats } from '../../components/use_formats';

/** The only time that the code is told. */
export function ActivationDialog({ activation, onClose }: { activation: Activation; onClose: () => void }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const command = ['sekisho enrol', ...(activation.link === undefined ? [] : [`--console ${activation.link}`]), activation.activation_code].join(' ');
  return (
    <Dialog opened onClose={onClose} title={t('activation.title', { name: activation.gateway.name })} size="lg" centered closeOnClickOutside={false}>
      <Stack gap="sm">
        <Alert color="orange">{t('activation.once')}</Alert>
        <Text size="sm" fw={600}>{t('activation.code')}</Text>
        <Code block fz="lg" className="code-line" data-testid="activation-code">{activation.activation_code}</Code>
        <Text size="sm" fw={600}>{t('activation.command')}</Text>
        <Code block className="code-line" data-testid="activation-command">{command}</Code>
        <Text size="xs" c="dimmed">{t('activation.expires', { time: time(activation.expires_at) })}</Text>
        <Group justify="flex-end">
          <CopyButton value={command}>
            {({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? t('common.copied') : t('common.copy')}</Button>}
          </CopyButton>
          <Button onClick={onClose}>{t('common.close')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
