import { Button, Group, Text, TextInput } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { useTitles } from '../../components/use_titles';
import { WindowList } from '../../components/window_list';
import { functionsOf, ownFirst, search, type Catalogue, type CatalogueItem, type Titled } from '../../policy/catalogue';
import { addItems, chosenFunctions, groupState, toggleFunction, toggleGroup, toggleItem, type Selection } from '../../policy/content_selection';
import { FunctionRow, GroupRow, ItemRow } from './catalogue_rows';

export const pickRowHeight = 46;

type Row =
  | { readonly kind: 'group'; readonly group: Titled }
  | { readonly kind: 'item'; readonly item: CatalogueItem }
  | { readonly kind: 'function'; readonly item: CatalogueItem; readonly function: Titled };

function keyOf(row: Row): string {
  if (row.kind === 'group') return `group ${row.group.name}`;
  return row.kind === 'item' ? row.item.name : `function ${row.function.name}`;
}

interface Props {
  catalogue: Catalogue;
  selection: Selection;
  onChange: (names: string[]) => void;
}

/** The groups of a catalogue, the items of one of them, or what a search finds in all; the functions of one item. */
export function CatalogueBrowser({ catalogue, selection, onChange }: Props) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { title, sorted } = useTitles();
  const [text, setText] = useState('');
  const [open, setOpen] = useState<Titled>();
  const [left, setLeft] = useState<Titled>(); // the group that was shown before its items were left
  const [within, setWithin] = useState<CatalogueItem>(); // whose functions are shown
  const [out, setOut] = useState<CatalogueItem>(); // whose functions were shown before they were left
  const wanted = useDeferredValue(text.trim());
  // URL groups come in an order of their own.
  const groups = useMemo(() => (catalogue.kind === 'applications' ? ownFirst(sorted(catalogue.groups)) : catalogue.groups), [catalogue, sorted]);
  const ordered = useMemo(() => ({ ...catalogue, items: sorted(catalogue.items) }), [catalogue, sorted]);
  const found = useMemo(() => (wanted === '' ? undefined : search(ordered, wanted)), [ordered, wanted]);
  const items = useMemo(
    () => (found ? found.items : sorted(catalogue.itemsOf.get(open?.name ?? '') ?? [])),
    [catalogue, found, open, sorted],
  );
  const rows = useMemo<Row[]>(() => {
    if (within) return functionsOf(catalogue, within).map((one) => ({ kind: 'function', item: within, function: one }));
    const shownGroups = found ? found.groups : open ? [] : groups;
    return [...shownGroups.map((group): Row => ({ kind: 'group', group })), ...items.map((item): Row => ({ kind: 'item', item }))];
  }, [catalogue, found, groups, items, open, within]);

  const enter = (group: Titled) => {
    setText('');
    setOut(undefined);
    setOpen(group);
  };
  const enterItem = (item: CatalogueItem) => {
    if (functionsOf(catalogue, item).length > 0) setWithin(item);
  };
  const leaveItem = () => {
    setOut(within);
    setWithin(undefined);
  };
  const leave = () => {
    setLeft(open);
    setOpen(undefined);
  };
  const view = within ? `within ${within.name}` : found ? `found ${wanted}` : (open?.name ?? '');
  const returning = out && !within ? rows.findIndex((row) => row.kind === 'item' && row.item === out) : -1;
  const first = returning >= 0 ? returning : within || found || open || !left ? 0 : groups.indexOf(left);
  const wasOpened = within !== undefined || returning >= 0;
  return (
    <div className="pick-browser" data-searched={wanted}>
      <TextInput size="sm" aria-label={t(`content.search.${catalogue.kind}`)} placeholder={t(`content.search.${catalogue.kind}`)}
        leftSection={<Icon name="search" size={14} />} value={text} data-autofocus onChange={(event) => {
          setWithin(undefined);
          setOut(undefined);
          setText(event.currentTarget.value);
        }} />
      {within && <ItemBar catalogue={catalogue} selection={selection} item={within} back={found ? t('content.back_to_found') : open ? title(open) : ''} onLeave={leaveItem} onChange={onChange} />}
      {!within && found && <FoundBar found={items} selection={selection} onChange={onChange} />}
      {!within && !found && open && <GroupBar catalogue={catalogue} selection={selection} group={open} onLeave={leave} onChange={onChange} />}
      {!within && !found && !open && <Text size="xs" c="dimmed" py={6}>{t(`content.drill.${catalogue.kind}`)}</Text>}
      {rows.length === 0 ? <Text c="dimmed" size="sm" p="lg" ta="center" className="window-list">{t('content.none_found')}</Text> : (
        <WindowList key={view} rows={rows} rowHeight={pickRowHeight} first={Math.max(0, first)} takeFocus={wasOpened || (!found && (open !== undefined || left !== undefined))}
          label={within ? t('content.functions_of', { title: title(within) }) : found ? t('content.found', { number: number(items.length) }) : open ? title(open) : t(`content.all_groups.${catalogue.kind}`)}
          keyOf={keyOf}
          onKey={(key, row) => {
            if (key === 'ArrowRight' && row.kind === 'group') enter(row.group);
            if (key === 'ArrowRight' && row.kind === 'item') enterItem(row.item);
            if (key === 'ArrowLeft' && within) leaveItem();
            else if (key === 'ArrowLeft' && open && !found) leave();
          }}>
          {(row, tabIndex) => (row.kind === 'group' ? (
            <GroupRow catalogue={catalogue} selection={selection} group={row.group} tabIndex={tabIndex} onOpen={() => enter(row.group)}
              onToggle={() => onChange(toggleGroup(catalogue, selection, row.group.name))} />
          ) : row.kind === 'item' ? (
            <ItemRow catalogue={catalogue} selection={selection} item={row.item} withGroup={found !== undefined} tabIndex={tabIndex}
              onOpen={functionsOf(catalogue, row.item).length > 0 ? () => enterItem(row.item) : undefined}
              onToggle={() => onChange(toggleItem(catalogue, selection, row.item))} />
          ) : (
            <FunctionRow selection={selection} item={row.item} function={row.function} tabIndex={tabIndex}
              onToggle={() => onChange(toggleFunction(catalogue, selection, row.item, row.function.name))} />
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

interface ItemBarProps extends Props {
  item: CatalogueItem;
  back: string;
  onLeave: () => void;
}

function ItemBar({ catalogue, selection, item, back, onLeave, onChange }: ItemBarProps) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { title } = useTitles();
  const chosen = chosenFunctions(selection, item).length;
  const whole = selection.items.has(item.name);
  return (
    <Group justify="space-between" py={4} gap="xs" wrap="nowrap">
      <Button size="compact-xs" variant="default" onClick={onLeave} className="pick-back">{`‹ ${back}`}</Button>
      <label className="pick-whole">
        <input type="checkbox" checked={whole} ref={(box) => { if (box) box.indeterminate = !whole && chosen > 0; }}
          onChange={() => onChange(toggleItem(catalogue, selection, item))} />
        <span>{t('content.whole_group', { title: title(item) })}</span>
        <span className="pick-count">{t('content.of', { chosen: number(chosen), all: number(item.functions?.length ?? 0) })}</span>
      </label>
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
