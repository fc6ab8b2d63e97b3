import { Button, Group, NumberInput, Stack, Text } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { Dialog } from '../../components/dialog';
import { nameOf, type Rule } from '../../policy/document';

interface Props {
  rules: readonly Rule[];
  index: number;
  onMove: (from: number, to: number) => void;
  onClose: () => void;
}

export function MoveDialog({ rules, index, onMove, onClose }: Props) {
  const { t } = useTranslation();
  const [position, setPosition] = useState<number | string>(index + 1);
  const rule = rules[index];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const to = Number(position);
    if (!Number.isInteger(to) || to < 1 || to > rules.length) return;
    onMove(index, to - 1);
    onClose();
  };
  return (
    <Dialog opened onClose={onClose} title={t('rule.move_to')} centered>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{rule && nameOf(rule)}</Text>
          <NumberInput label={t('rule.position')} description={t('rule.position_range', { last: rules.length })} min={1} max={rules.length}
            allowDecimal={false} value={position} onChange={setPosition} data-autofocus />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
            <Button type="submit">{t('rule.move')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
