import { Alert, Button, Fieldset, Group, Pill, SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useCatalogue } from '../../api/catalogue';
import { useContentCount, useContentNames } from '../../components/use_content_names';
import { contentKinds, type ContentKind } from '../../policy/document';
import type { RuleForm } from '../../policy/form';
import { matchesNothing } from '../../policy/validate';
import { ContentPicker } from './content_picker';

const shownNames = 12; // the rest is in the picker

interface Props {
  form: RuleForm;
  onChange: (content: RuleForm['content']) => void;
}

/** The content types of a rule: any, or what is chosen of applications and URL categories. */
export function ContentFields({ form, onChange }: Props) {
  const { t } = useTranslation();
  const [picking, setPicking] = useState<ContentKind>();
  const { content } = form;
  const set = (kind: ContentKind, names: string[]) => onChange({ ...content, values: { ...content.values, [kind]: names } });
  return (
    <Fieldset legend={t('rule.content')} p="xs">
      <SegmentedControl size="xs" fullWidth aria-label={t('rule.content')} value={content.any ? 'any' : 'some'}
        data={[{ value: 'any', label: t('common.any') }, { value: 'some', label: t('content.some') }]}
        onChange={(value) => onChange({ ...content, any: value === 'any' })} />
      {!content.any && contentKinds.map((kind) => (
        <ChosenNames key={kind} kind={kind} names={content.values[kind]} onChange={(names) => set(kind, names)} onPick={() => setPicking(kind)} />
      ))}
      {matchesNothing(form) && <Alert color="yellow" p="xs" mt="xs">{t('content.nothing')}</Alert>}
      {picking && <ContentPicker kind={picking} values={content.values} onChange={set} onClose={() => setPicking(undefined)} />}
    </Fieldset>
  );
}

interface ChosenProps {
  kind: ContentKind;
  names: readonly string[];
  onChange: (names: string[]) => void;
  onPick: () => void;
}

function ChosenNames({ kind, names, onChange, onPick }: ChosenProps) {
  const { t } = useTranslation();
  const { data } = useCatalogue(kind);
  const { titleOf, detailOf } = useContentNames(data);
  const count = useContentCount(kind, names);
  const rest = names.length - shownNames;
  return (
    <div role="group" aria-label={t(`content.${kind}`)}>
      <Group justify="space-between" mt="xs" wrap="nowrap">
        <Text size="xs" fw={500}>{count}</Text>
        <Button size="compact-xs" variant="light" aria-label={t('content.choose_kind', { kind: t(`content.${kind}`) })} onClick={onPick}>{t('content.choose')}</Button>
      </Group>
      {names.length > 0 && (
        <Group gap={4} mt={4}>
          {names.slice(0, shownNames).map((name) => (
            <Pill key={name} withRemoveButton title={detailOf(name)} maw="100%" onRemove={() => onChange(names.filter((other) => other !== name))}
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
