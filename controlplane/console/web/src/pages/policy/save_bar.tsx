import { Button, Group, Paper, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Props {
  edits: number;
  busy: boolean;
  onSave: () => void;
  onUndo: () => void;
  onDiscard: () => void;
}

export function SaveBar({ edits, busy, onSave, onUndo, onDiscard }: Props) {
  const { t } = useTranslation();
  return (
    <Paper withBorder p="xs" mb="xs" pos="sticky" top={56} style={{ zIndex: 5 }} bg="light-dark(#eaf3fb, #15293c)" role="region" aria-label={t('save_bar.label')}>
      <Group justify="space-between">
        <Text size="sm" fw={600} role="status">{t('save_bar.text', { count: edits })}</Text>
        <Group gap="xs">
          <Button size="compact-md" variant="default" onClick={onUndo} disabled={busy}>{t('save_bar.undo')}</Button>
          <Button size="compact-md" variant="default" onClick={onDiscard} disabled={busy}>{t('save_bar.discard')}</Button>
          <Button size="compact-md" onClick={onSave} loading={busy}>{t('common.save')}</Button>
        </Group>
      </Group>
    </Paper>
  );
}
