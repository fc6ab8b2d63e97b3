import { Alert, Button, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { ConfirmDialog, Dialog } from '../../components/dialog';
import { nameOf, type NamedObject, type PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { fromObjectForm, toObjectForm, validateObject } from '../../policy/object_form';
import { rulesWith, type ValueSection } from '../../policy/objects';
import { sameValue } from '../../policy/same_value';
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
  const [asking, setAsking] = useState(false);
  const original = was ? nameOf(was) : '';
  const wrong = validateObject(policy, section, form, original);
  const dirty = !sameValue(form, initial);
  const users = was ? rulesWith(policy, section, original) : [];
  const mistakeOf = (field: 'name' | 'values') => {
    const mistake = tried ? wrong.find((other) => other.field === field) : undefined;
    return mistake && t(`object.mistake.${mistake.code}`, { value: mistake.value ?? '' });
  };
  const close = () => (dirty ? setAsking(true) : onClose());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (wrong.length > 0) return;
    const object = fromObjectForm(section, form, was);
    if (!was) onEdit({ kind: 'add_object', section, object });
    else if (dirty) onEdit({ kind: 'replace_object', section, was, object });
    onClose();
  };
  const subject = t(`difference_subject.${subjectOfSection[section]}`);
  return (
    <Dialog opened onClose={close} size="lg" centered closeOnClickOutside={false}
      title={was ? t('object.edit_title', { subject, name: original }) : t('object.add_title', { subject })}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput label={t('object.name')} value={form.name} error={mistakeOf('name')} data-autofocus={was === undefined || undefined}
            onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
          <Textarea label={t('object.values')} description={t(`object.hint.${section}`)} value={form.text} error={mistakeOf('values')} autosize
            minRows={5} maxRows={16} spellCheck={false} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            onChange={(event) => setForm({ ...form, text: event.currentTarget.value })} />
          {users.length > 0 && <Alert color="blue" p="xs">{t('object.used_by', { rules: users.map((name) => t('object.quoted', { name })).join(t('object.separator')) })}</Alert>}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>{t('common.cancel')}</Button>
            <Button type="submit">{t('common.ok')}</Button>
          </Group>
        </Stack>
      </form>
      {asking && (
        <ConfirmDialog title={t('leave.title')} text={t('leave.form')} action={t('leave.discard')} danger onConfirm={onClose} onClose={() => setAsking(false)} />
      )}
    </Dialog>
  );
}
