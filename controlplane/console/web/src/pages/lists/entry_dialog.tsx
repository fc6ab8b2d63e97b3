import { TextInput } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FormDialog } from '../../components/form_dialog';
import type { PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { entryMistake, normalEntry } from '../../policy/list_entry';
import { entriesOf, type ListName } from '../../policy/lists';
import { EntryForms, useMistakeText } from './entry_forms';

interface Props {
  policy: PolicyDocument;
  list: ListName;
  entry: string;
  onEdit: (edit: Edit) => void;
  onClose: () => void;
}

/** One entry is changed. */
export function EntryDialog({ policy, list, entry: was, onEdit, onClose }: Props) {
  const { t } = useTranslation();
  const mistakeText = useMistakeText();
  const hintId = useId();
  const [text, setText] = useState(was);
  const [tried, setTried] = useState(false);
  const entry = normalEntry(text.trim());
  const mistake = entryMistake(entry);
  const repeated = entry !== was && entriesOf(policy, list).includes(entry);
  const error = mistake ? mistakeText(entry, mistake) : repeated ? t('lists.repeated', { entry }) : undefined;
  const submit = () => {
    setTried(true);
    if (error !== undefined) return;
    if (entry !== was) onEdit({ kind: 'replace_entry', list, was, entry });
    onClose();
  };
  return (
    <FormDialog title={t('lists.edit_title', { list: t(`lists.name.${list}`) })} dirty={entry !== was} onSubmit={submit} onClose={onClose}>
      <TextInput label={t('lists.entry')} value={text} error={tried ? error : undefined} data-autofocus spellCheck={false} aria-describedby={hintId}
        onChange={(event) => setText(event.currentTarget.value)} />
      <EntryForms id={hintId} />
    </FormDialog>
  );
}
