import { Alert, Fieldset, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { contentKinds, type ContentKind } from '../../policy/document';
import type { RuleForm } from '../../policy/form';
import { matchesNothing } from '../../policy/validate';
import { ChosenNames } from './chosen_names';
import { ContentPicker } from './content_picker';

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
        <ChosenNames key={kind} kind={kind} label={t(`content.${kind}`)} names={content.values[kind]} onChange={(names) => set(kind, names)} onPick={() => setPicking(kind)} />
      ))}
      {matchesNothing(form) && <Alert color="yellow" p="xs" mt="xs">{t('content.nothing')}</Alert>}
      {picking && <ContentPicker kind={picking} values={content.values} onChange={set} onClose={() => setPicking(undefined)} />}
    </Fieldset>
  );
}
