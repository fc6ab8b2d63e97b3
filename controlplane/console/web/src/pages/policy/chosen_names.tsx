import { Button, Group, Pill, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useCatalogue } from '../../api/catalogue';
import { useContentCount, useContentNames } from '../../components/use_content_names';
import type { ContentKind } from '../../policy/document';

const shownNames = 12; // the rest is in the picker

interface Props {
  /** What the names are for. */
  label: string;
  kind: ContentKind;
  names: readonly string[];
  onChange: (names: string[]) => void;
  onPick: () => void;
  disabled?: boolean;
}

/** The first of the names that were chosen, each with a way out, and the way to the picker. */
export function ChosenNames({ kind, label, names, onChange, onPick, disabled = false }: Props) {
  const { t } = useTranslation();
  const { data } = useCatalogue(kind);
  const { titleOf, detailOf } = useContentNames(data);
  const count = useContentCount(kind, names);
  const rest = names.length - shownNames;
  return (
    <div role="group" aria-label={label}>
      <Group justify="space-between" mt="xs" wrap="nowrap">
        <Text size="xs" fw={500}>{count}</Text>
        <Button size="compact-xs" variant="light" aria-label={t('content.choose_kind', { kind: label })} disabled={disabled} onClick={onPick}>{t('content.choose')}</Button>
      </Group>
      {names.length > 0 && (
        <Group gap={4} mt={4}>
          {names.slice(0, shownNames).map((name) => (
            <Pill key={name} withRemoveButton={!disabled} title={detailOf(name)} maw="100%" onRemove={() => onChange(names.filter((other) => other !== name))}
              removeButtonProps={{ 'aria-label': t('content.remove_one', { title: titleOf(name) }), tabIndex: 0, 'aria-hidden': false }}>
              {titleOf(name)}
            </Pill>
          ))}
          {rest > 0 && <Text size="xs" c="dimmed">{t('rule.more_values', { count: rest })}</Text>}
        </Group>
      )}
    </div>
  );
}
