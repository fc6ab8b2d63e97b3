import { Alert, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FormDialog } from '../../components/form_dialog';
import { nameOf, objectNames, type NamedObject, type PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { rulesWith, userFields } from '../../policy/objects';
import { sameValue } from '../../policy/same_value';
import { fromUserForm, toUserForm, userNames, validateUser, type UserField, type UserMistake } from '../../policy/user_form';

interface Props {
  policy: PolicyDocument;
  /** Without it a new one is made. */
  user: NamedObject | undefined;
  onEdit: (edit: Edit) => void;
  onClose: () => void;
}

/** Who is always found at the same address or device, and in which groups he is. */
export function UserDialog({ policy, user: was, onEdit, onClose }: Props) {
  const { t } = useTranslation();
  const [initial] = useState(() => toUserForm(was));
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const original = was ? nameOf(was) : '';
  const wrong = validateUser(policy, form, original);
  const dirty = !sameValue(form, initial);
  const rules = was ? rulesWith(policy, 'users', original) : [];
  const mistakeOf = (field: UserMistake['field']) => {
    const mistake = tried ? wrong.find((other) => other.field === field) : undefined;
    return mistake && t(`object.mistake.${mistake.code}`, { value: mistake.value ?? '' });
  };
  const suggestions: Record<UserField, string[]> = {
    groups: userNames(policy).filter((name) => !(policy.users ?? []).some((user) => nameOf(user) === name)),
    addresses: objectNames(policy, 'addresses'),
    macs: objectNames(policy, 'macs'),
  };
  const submit = () => {
    setTried(true);
    if (wrong.length > 0) return;
    const object = fromUserForm(form, was);
    if (!was) onEdit({ kind: 'add_object', section: 'users', object });
    else if (dirty) onEdit({ kind: 'replace_object', section: 'users', was, object });
    onClose();
  };
  const subject = t('difference_subject.user');
  return (
    <FormDialog title={was ? t('object.edit_title', { subject, name: original }) : t('object.add_title', { subject })} dirty={dirty}
      onSubmit={submit} onClose={onClose}>
      <TextInput label={t('object.name')} value={form.name} error={mistakeOf('name')} data-autofocus={was === undefined || undefined}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
      {userFields.map((field) => (
        <TagsInput key={field} label={t(`user_object.${field}`)} description={t(`user_object.hint.${field}`)} data={suggestions[field]}
          value={[...form[field]]} splitChars={[',']} error={mistakeOf(field)} onChange={(values) => setForm({ ...form, [field]: values })} />
      ))}
      {rules.length > 0 && <Alert color="blue" p="xs">{t('object.used_by', { rules: rules.map((name) => t('object.quoted', { name })).join(t('object.separator')) })}</Alert>}
    </FormDialog>
  );
}
