import { Button, Group, Text, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ConfirmDialog } from '../../components/dialog';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { saveText } from '../../components/save_text';
import { WindowList } from '../../components/window_list';
import type { PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { entriesOf, type ListName } from '../../policy/lists';
import { EntriesDialog } from './entries_dialog';
import { EntryDialog } from './entry_dialog';
import './lists.css';

const rowHeight = 40;

type Open = { dialog: 'add' | 'remove_found' } | { dialog: 'edit' | 'remove'; entry: string } | undefined;

interface Props {
  policy: PolicyDocument;
  list: ListName;
  /** What the console refused, by the entry. */
  mistakes: ReadonlyMap<string, string>;
  onEdit: (edit: Edit) => void;
}

/** One of the two lists: its entries are searched, added, changed, deleted, and taken to and from files. */
export function ListTable({ policy, list, mistakes, onEdit }: Props) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const [open, setOpen] = useState<Open>();
  const [search, setSearch] = useState('');
  const entries = useMemo(() => entriesOf(policy, list), [policy, list]);
  const other = useMemo(() => new Set(entriesOf(policy, list === 'allow' ? 'block' : 'allow')), [policy, list]);
  const words = search.trim().toLowerCase();
  const shown = useMemo(() => {
    const found = words === '' ? entries : entries.filter((entry) => entry.toLowerCase().includes(words));
    // What is to be mended comes first.
    return mistakes.size === 0 ? found : [...found.filter((entry) => mistakes.has(entry)), ...found.filter((entry) => !mistakes.has(entry))];
  }, [entries, mistakes, words]);
  const close = () => setOpen(undefined);
  const noteOf = (entry: string) => mistakes.get(entry) ?? (other.has(entry) ? t(`lists.in_other.${list}`) : '');
  const remove = (removed: readonly string[]) => {
    onEdit({ kind: 'remove_entries', list, entries: removed });
    close();
  };
  return (
    <>
      <Group justify="space-between" mb="xs">
        <Group gap="xs">
          <Button size="compact-md" leftSection={<Icon name="plus" />} onClick={() => setOpen({ dialog: 'add' })}>{t('common.add')}</Button>
          <Button size="compact-md" variant="default" disabled={entries.length === 0}
            onClick={() => saveText(`${list}-list.txt`, entries.map((entry) => `${entry}\n`).join(''))}>{t('lists.export')}</Button>
          {words !== '' && shown.length > 0 && (
            <Button size="compact-md" variant="default" c="red" onClick={() => setOpen({ dialog: 'remove_found' })}>{t('lists.remove_found', { number: number(shown.length) })}</Button>
          )}
        </Group>
        <TextInput size="xs" w={260} aria-label={t('lists.search')} placeholder={t('lists.search')} leftSection={<Icon name="search" size={14} />}
          value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
      </Group>
      {shown.length === 0 ? <Text c="dimmed" size="sm" p="lg" ta="center" className="panel">{t(entries.length === 0 ? 'lists.none' : 'lists.none_found')}</Text> : (
        <div className="panel list-panel" style={{ height: `min(${shown.length * rowHeight + 2}px, calc(100vh - 330px))` }}>
          <WindowList key={words} rows={shown} rowHeight={rowHeight} keyOf={(entry) => entry} label={t(`lists.name.${list}`)}>
            {(entry, tabIndex) => (
              <EntryRow entry={entry} note={noteOf(entry)} wrong={mistakes.has(entry)} tabIndex={tabIndex} onOpen={(dialog) => setOpen({ dialog, entry })} />
            )}
          </WindowList>
        </div>
      )}
      {open?.dialog === 'add' && <EntriesDialog policy={policy} list={list} onEdit={onEdit} onClose={close} />}
      {open?.dialog === 'edit' && <EntryDialog policy={policy} list={list} entry={open.entry} onEdit={onEdit} onClose={close} />}
      {open?.dialog === 'remove' && (
        <ConfirmDialog title={t('lists.remove')} text={t('lists.remove_text', { entry: open.entry })} action={t('common.remove')} danger
          onConfirm={() => remove([open.entry])} onClose={close} />
      )}
      {open?.dialog === 'remove_found' && (
        <ConfirmDialog title={t('lists.remove')} text={t('lists.remove_found_text', { number: number(shown.length) })} action={t('common.remove')} danger
          onConfirm={() => remove(shown)} onClose={close} />
      )}
    </>
  );
}

interface RowProps {
  entry: string;
  note: string;
  wrong: boolean;
  tabIndex: 0 | -1;
  onOpen: (dialog: 'edit' | 'remove') => void;
}

function EntryRow({ entry, note, wrong, tabIndex, onOpen }: RowProps) {
  const { t } = useTranslation();
  return (
    <div className={wrong ? 'list-entry wrong' : 'list-entry'} data-entry={entry}>
      <button type="button" className="row-button list-value" tabIndex={tabIndex} title={entry} onClick={() => onOpen('edit')}>{entry}</button>
      {note !== '' && <span className="list-note" role={wrong ? 'alert' : undefined} title={note}>{note}</span>}
      <Button size="compact-xs" variant="default" tabIndex={tabIndex} aria-label={t('object.edit_one', { name: entry })} onClick={() => onOpen('edit')}>{t('common.edit')}</Button>
      <Button size="compact-xs" variant="default" c="red" tabIndex={tabIndex} aria-label={t('object.remove_one', { name: entry })} onClick={() => onOpen('remove')}>{t('common.remove')}</Button>
    </div>
  );
}
