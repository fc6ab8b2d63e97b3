import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { ConfirmDialog, Dialog } from '../../components/dialog';
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
  const [asking, setAsking] = useState(false);
  const entry = normalEntry(text.trim());
  const mistake = entryMistake(entry);
  const repeated = entry !== was && entriesOf(policy, list).includes(entry);
  const error = mistake ? mistakeText(entry, mistake) : repeated ? t('lists.repeated', { entry }) : undefined;
  const close = () => (entry === was ? onClose() : setAsking(true));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (error !== undefined) return;
    if (entry !== was) onEdit({ kind: 'replace_entry', list, was, entry });
    onClose();
  };
  return (
    <Dialog opened onClose={close} size="lg" centered closeOnClickOutside={false} title={t('lists.edit_title', { list: t(`lists.name.${list}`) })}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput label={t('lists.entry')} value={text} error={tried ? error : undefined} data-autofocus spellCheck={false} aria-describedby={hintId}
            onChange={(event) => setText(event.currentTarget.value)} />
          <EntryForms id={hintId} />
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
