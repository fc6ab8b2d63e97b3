import { Alert, Textarea, TextInput } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useCatalogue } from '../../api/catalogue';
import { FormDialog } from '../../components/form_dialog';
import { nameOf, type NamedObject, type PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { fromObjectForm, toObjectForm, validateObject, type ObjectMistake } from '../../policy/object_form';
import { findObject, type ValueSection } from '../../policy/objects';
import { referrersTo } from '../../policy/references';
import { sameValue } from '../../policy/same_value';
import { EntryForms, useMistakeText } from '../lists/entry_forms';
import { subjectOfSection } from './object_subjects';

interface Props {
  policy: PolicyDocument;
  section: ValueSection;
  /** Without it a new one is made. */
  object: NamedObject | undefined;
  onEdit: (edit: Edit) => void;
  onClose: () => void;
}

export function ObjectDialog({ policy, section, object: was, onEdit, onClose }: Props) {
  const { t } = useTranslation();
  const [initial] = useState(() => toObjectForm(section, was));
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const original = was ? nameOf(was) : '';
  const hintId = useId();
  const entryMistakeText = useMistakeText();
  const catalogue = useCatalogue('url_categories').data;
  // Own categories are in the catalogue, too.
  const isBuiltIn = (name: string) => findObject(policy, section, name) === undefined && catalogue?.item.has(name) === true;
  const wrong = validateObject(policy, section, form, original, isBuiltIn);
  const dirty = !sameValue(form, initial);
  const users = was ? referrersTo(policy, section, original) : [];
  const mistakeOf = (field: ObjectMistake['field']) => {
    const mistake = tried ? wrong.find((other) => other.field === field) : undefined;
    if (mistake?.code === 'not_an_entry' && mistake.entry)
      return `${t('lists.line', { line: mistake.line ?? 0 })} ${entryMistakeText(mistake.value ?? '', mistake.entry)}`;
    return mistake && t(`object.mistake.${mistake.code}`, { value: mistake.value ?? '' });
  };
  const submit = () => {
    setTried(true);
    if (wrong.length > 0) return;
    const object = fromObjectForm(section, form, was);
    if (!was) onEdit({ kind: 'add_object', section, object });
    else if (dirty) onEdit({ kind: 'replace_object', section, was, object });
    onClose();
  };
  const subject = t(`difference_subject.${subjectOfSection[section]}`);
  return (
    <FormDialog title={was ? t('object.edit_title', { subject, name: original }) : t('object.add_title', { subject })} dirty={dirty}
      onSubmit={submit} onClose={onClose}>
      <TextInput label={t('object.name')} value={form.name} error={mistakeOf('name')} data-autofocus={was === undefined || undefined}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
      {form.title !== undefined && (
        <TextInput label={t('object.title')} description={t('object.title_hint')} value={form.title} error={mistakeOf('title')}
          onChange={(event) => setForm({ ...form, title: event.currentTarget.value })} />
      )}
      <Textarea label={t('object.values')} description={t(`object.hint.${section}`)} value={form.text} error={mistakeOf('values')} autosize
        aria-describedby={section === 'url_categories' ? hintId : undefined} minRows={5} maxRows={16} spellCheck={false} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        onChange={(event) => setForm({ ...form, text: event.currentTarget.value })} />
      {section === 'url_categories' && <EntryForms id={hintId} />}
      {users.length > 0 && <Alert color="blue" p="xs">{t('object.used_by', { rules: users.map((name) => t('object.quoted', { name })).join(t('object.separator')) })}</Alert>}
    </FormDialog>
  );
}
