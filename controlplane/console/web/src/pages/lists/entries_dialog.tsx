import { Alert, Button, FileButton, Text, Textarea } from '@mantine/core';
import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FormDialog } from '../../components/form_dialog';
import { useFormats } from '../../components/use_formats';
import type { PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { decodeRuleFile } from '../../policy/ips';
import { entriesIn, type EntryLine } from '../../policy/list_entry';
import { entriesOf, maxEntries, type ListName } from '../../policy/lists';
import { EntryForms, useMistakeText } from './entry_forms';

const shownMistakes = 8;
const maxFileBytes = 8 * 1024 * 1024;

interface Props {
  policy: PolicyDocument;
  list: ListName;
  onEdit: (edit: Edit) => void;
  onClose: () => void;
}

/** New entries, typed, pasted or from a file: one on each line. */
export function EntriesDialog({ policy, list, onEdit, onClose }: Props) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const hintId = useId();
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const [unreadable, setUnreadable] = useState(false);
  const there = useMemo(() => new Set(entriesOf(policy, list)), [policy, list]);
  const lines = useMemo(() => entriesIn(text), [text]);
  const wrong = lines.filter(({ mistake }) => mistake !== undefined);
  const added = lines.filter(({ mistake, entry }) => mistake === undefined && !there.has(entry)).map(({ entry }) => entry);
  const known = lines.length - wrong.length - added.length;
  const tooMany = there.size + added.length > maxEntries;
  const upload = async (file: File | null) => {
    if (!file) return;
    const read = file.size > maxFileBytes ? undefined : decodeRuleFile(await file.arrayBuffer());
    setUnreadable(read === undefined);
    if (read === undefined) return;
    setText(text.trim() === '' ? read : `${text.trimEnd()}\n${read}`);
    setTried(true);
  };
  const submit = () => {
    setTried(true);
    if (wrong.length > 0 || lines.length === 0 || tooMany) return;
    if (added.length > 0) onEdit({ kind: 'add_entries', list, entries: added });
    onClose();
  };
  const leaveOut = () => {
    const numbers = new Set(wrong.map(({ line }) => line));
    setText(text.split(/\r\n|\r|\n/).filter((_, index) => !numbers.has(index + 1)).join('\n'));
  };
  return (
    <FormDialog title={t('lists.add_title', { list: t(`lists.name.${list}`) })} dirty={text.trim() !== ''} onSubmit={submit} onClose={onClose}
      action={added.length > 1 ? t('lists.add_many', { number: number(added.length) }) : t('common.add')}
      tool={(
        <FileButton onChange={(file) => void upload(file)} accept=".txt,.csv,text/plain">
          {(props) => <Button variant="default" {...props}>{t('lists.import')}</Button>}
        </FileButton>
      )}>
      <Textarea label={t('lists.entries')} value={text} autosize minRows={5} maxRows={12} spellCheck={false} data-autofocus aria-describedby={hintId}
        error={tried && lines.length === 0 ? t('lists.mistake.empty') : tooMany ? t('lists.too_many', { number: number(maxEntries) }) : undefined}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }} onChange={(event) => setText(event.currentTarget.value)} />
      {tried && wrong.length > 0 && <WrongLines wrong={wrong} onLeaveOut={leaveOut} />}
      {unreadable && <Alert color="red" p="xs" role="alert">{t('lists.unreadable')}</Alert>}
      {known > 0 && <Text size="xs" c="dimmed" role="status">{t('lists.known', { number: number(known) })}</Text>}
      <EntryForms id={hintId} />
    </FormDialog>
  );
}

function WrongLines({ wrong, onLeaveOut }: { wrong: readonly EntryLine[]; onLeaveOut: () => void }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const mistakeText = useMistakeText();
  return (
    <Alert color="red" p="xs" role="alert" title={t('lists.wrong_lines', { number: number(wrong.length) })}>
      <ul className="list-forms">
        {wrong.slice(0, shownMistakes).map(({ line, entry, mistake }) => (
          <li key={line} data-line={line}>{`${t('lists.line', { line: number(line) })} ${mistake ? mistakeText(entry, mistake) : ''}`}</li>
        ))}
      </ul>
      {wrong.length > shownMistakes && <Text size="xs">{t('rule.more_values', { count: wrong.length - shownMistakes })}</Text>}
      <Button size="compact-xs" variant="default" mt="xs" onClick={onLeaveOut}>{t('lists.leave_out')}</Button>
    </Alert>
  );
}
