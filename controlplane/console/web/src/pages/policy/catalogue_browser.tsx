import { Button, Group, Text, TextInput } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { useTitles } from '../../components/use_titles';
import { WindowList } from '../../components/window_list';
import { search, type Catalogue, type CatalogueItem, type Titled } from '../../policy/catalogue';
import { addItems, groupState, toggleGroup, toggleItem, type Selection } from '../../policy/content_selection';
import { GroupRow, ItemRow } from './catalogue_rows';

export const pickRowHeight = 46;

type Row = { readonly group: Titled; readonly item?: undefined } | { readonly item: CatalogueItem; readonly group?: undefined };

interface Props {
  catalogue: Catalogue;
  selection: Selection;
  onChange: (names: string[]) => void;
}

/** The groups of a catalogue, the items of one of them, or what a search finds in all. */
export function CatalogueBrowser({ catalogue, selection, onChange }: Props) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { title, sorted } = useTitles();
  const [text, setText] = useState('');
  const [open, setOpen] = useState<Titled>();
  const [left, setLeft] = useState<Titled>(); // the group that was shown before its items were left
  const wanted = useDeferredValue(text.trim());
  // URL groups come in an order of their own.
  const groups = useMemo(() => (catalogue.kind === 'applications' ? sorted(catalogue.groups) : catalogue.groups), [catalogue, sorted]);
  const ordered = useMemo(() => ({ ...catalogue, items: sorted(catalogue.items) }), [catalogue, sorted]);
  const found = useMemo(() => (wanted === '' ? undefined : search(ordered, wanted)), [ordered, wanted]);
  const items = useMemo(
    () => (found ? found.items : sorted(catalogue.itemsOf.get(open?.name ?? '') ?? [])),
    [catalogue, found, open, sorted],
  );
  const rows = useMemo<Row[]>(() => {
    const shownGroups = found ? found.groups : open ? [] : groups;
    return [...shownGroups.map((group) => ({ group })), ...items.map((item) => ({ item }))];
  }, [found, groups, items, open]);

  const enter = (group: Titled) => {
    setText('');
    setOpen(group);
  };
  const leave = () => {
    setLeft(open);
    setOpen(undefined);
  };
  const view = found ? `found ${wanted}` : (open?.name ?? '');
  const first = found || open || !left ? 0 : groups.indexOf(left);
  return (
    <div className="pick-browser" data-searched={wanted}>
      <TextInput size="sm" aria-label={t(`content.search.${catalogue.kind}`)} placeholder={t(`content.search.${catalogue.kind}`)}
        leftSection={<Icon name="search" size={14} />} value={text} data-autofocus onChange={(event) => setText(event.currentTarget.value)} />
      {found && <FoundBar found={items} selection={selection} onChange={onChange} />}
      {!found && open && <GroupBar catalogue={catalogue} selection={selection} group={open} onLeave={leave} onChange={onChange} />}
      {!found && !open && <Text size="xs" c="dimmed" py={6}>{t(`content.drill.${catalogue.kind}`)}</Text>}
      {rows.length === 0 ? <Text c="dimmed" size="sm" p="lg" ta="center" className="window-list">{t('content.none_found')}</Text> : (
        <WindowList key={view} rows={rows} rowHeight={pickRowHeight} first={Math.max(0, first)} takeFocus={!found && (open !== undefined || left !== undefined)}
          label={found ? t('content.found', { number: number(items.length) }) : open ? title(open) : t(`content.all_groups.${catalogue.kind}`)}
          keyOf={(row) => (row.group ? `group ${row.group.name}` : row.item.name)}
          onKey={(key, row) => {
            if (key === 'ArrowRight' && row.group) enter(row.group);
            if (key === 'ArrowLeft' && open && !found) leave();
          }}>
          {(row, tabIndex) => (row.group ? (
            <GroupRow catalogue={catalogue} selection={selection} group={row.group} tabIndex={tabIndex} onOpen={() => enter(row.group)}
              onToggle={() => onChange(toggleGroup(catalogue, selection, row.group.name))} />
          ) : (
            <ItemRow catalogue={catalogue} selection={selection} item={row.item} withGroup={found !== undefined} tabIndex={tabIndex}
              onToggle={() => onChange(toggleItem(catalogue, selection, row.item))} />
          ))}
        </WindowList>
      )}
    </div>
  );
}

function FoundBar({ found, selection, onChange }: { found: readonly CatalogueItem[]; selection: Selection; onChange: (names: string[]) => void }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const more = found.filter(({ name }) => !selection.items.has(name)).length;
  return (
    <Group justify="space-between" py={4} wrap="nowrap">
      <Text size="xs" c="dimmed" role="status">{t('content.found', { number: number(found.length) })}</Text>
      <Button size="compact-xs" variant="default" disabled={more === 0} onClick={() => onChange(addItems(selection, found))}>{t('content.select_found')}</Button>
    </Group>
  );
}

interface GroupBarProps extends Props {
  group: Titled;
  onLeave: () => void;
}

function GroupBar({ catalogue, selection, group, onLeave, onChange }: GroupBarProps) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { title } = useTitles();
  const { state, chosen, all } = groupState(catalogue, selection, group.name);
  return (
    <Group justify="space-between" py={4} gap="xs" wrap="nowrap">
      <Button size="compact-xs" variant="default" onClick={onLeave} className="pick-back">{`‹ ${t(`content.all_groups.${catalogue.kind}`)}`}</Button>
      <label className="pick-whole">
        <input type="checkbox" checked={state === 'all'} ref={(box) => { if (box) box.indeterminate = state === 'some'; }}
          onChange={() => onChange(toggleGroup(catalogue, selection, group.name))} />
        <span>{t('content.whole_group', { title: title(group) })}</span>
        <span className="pick-count">{t('content.of', { chosen: number(chosen), all: number(all) })}</span>
      </label>
    </Group>
  );
}
