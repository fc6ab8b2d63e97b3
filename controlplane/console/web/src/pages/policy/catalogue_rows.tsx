import { useTranslation } from 'react-i18next';

import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { useTitles } from '../../components/use_titles';
import { functionName, type Catalogue, type CatalogueItem, type Titled } from '../../policy/catalogue';
import { chosenFunctions, groupState, wholeIn, type Selection } from '../../policy/content_selection';

interface GroupProps {
  catalogue: Catalogue;
  selection: Selection;
  group: Titled;
  tabIndex: 0 | -1;
  onToggle: () => void;
  onOpen: () => void;
}

/** A group: its box chooses all of it, its name opens it. */
export function GroupRow({ catalogue, selection, group, tabIndex, onToggle, onOpen }: GroupProps) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { title } = useTitles();
  const { state, chosen, all } = groupState(catalogue, selection, group.name);
  return (
    <div className="pick-row" data-group={group.name}>
      <input type="checkbox" checked={state === 'all'} tabIndex={tabIndex} aria-label={t('content.whole_group', { title: title(group) })}
        ref={(box) => { if (box) box.indeterminate = state === 'some'; }} onChange={onToggle} />
      <button type="button" className="pick-open" tabIndex={tabIndex} aria-label={t('content.open_group', { title: title(group) })} onClick={onOpen}>
        <span className="pick-title">{title(group)}</span>
        <span className={chosen > 0 ? 'pick-count some' : 'pick-count'}>{t('content.of', { chosen: number(chosen), all: number(all) })}</span>
        <Icon name="down" size={14} />
      </button>
    </div>
  );
}

interface ItemProps {
  catalogue: Catalogue;
  selection: Selection;
  item: CatalogueItem;
  /** Says the item's group too: it stands among those of others. */
  withGroup: boolean;
  tabIndex: 0 | -1;
  onToggle: () => void;
  /** Shows its functions; it has none without. */
  onOpen?: (() => void) | undefined;
}

export function ItemRow({ catalogue, selection, item, withGroup, tabIndex, onToggle, onOpen }: ItemProps) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { title, other } = useTitles();
  const by = selection.items.get(item.name);
  const whole = by === 'whole' ? wholeIn(catalogue, new Set(selection.names), item) : undefined;
  const group = withGroup ? catalogue.group.get(item.group) : undefined;
  const chosen = chosenFunctions(selection, item).length;
  const details = [...new Set([item.name, other(item), group ? title(group) : ''])].filter((text) => text !== '' && text !== title(item));
  return (
    <label className="pick-row" data-item={item.name}>
      {/* Not `disabled`: what cannot be changed here is read and explained all the same. */}
      <input type="checkbox" checked={by !== undefined} tabIndex={tabIndex} aria-disabled={by === 'whole'} onChange={onToggle}
        ref={(box) => { if (box) box.indeterminate = by === undefined && chosen > 0; }} />
      <span className="pick-text" title={[title(item), ...details].join('\n')}>
        <span className="pick-title">{title(item)}</span>
        <span className="pick-details">{whole ? t('content.part_of', { title: title(whole) }) : details.join(' · ')}</span>
      </span>
      {item.japanese && <span className="pick-mark japanese">{t('content.japanese')}</span>}
      {item.risk !== undefined && <span className={`pick-mark risk-${item.risk}`}>{t('content.risk', { risk: item.risk })}</span>}
      {onOpen && (
        <button type="button" className="pick-open-item" tabIndex={tabIndex} aria-label={t('content.open_functions', { title: title(item) })} onClick={onOpen}>
          <span className={chosen > 0 ? 'pick-count some' : 'pick-count'}>{t('content.of', { chosen: number(chosen), all: number(item.functions?.length ?? 0) })}</span>
          <Icon name="down" size={14} />
        </button>
      )}
    </label>
  );
}

interface FunctionProps {
  selection: Selection;
  item: CatalogueItem;
  function: Titled;
  tabIndex: 0 | -1;
  onToggle: () => void;
}

/** One of the things that an item is used for: its box chooses that one alone. */
export function FunctionRow({ selection, item, function: one, tabIndex, onToggle }: FunctionProps) {
  const { title } = useTitles();
  const name = functionName(item, one.name);
  return (
    <label className="pick-row" data-function={name}>
      <input type="checkbox" checked={chosenFunctions(selection, item).includes(one.name)} tabIndex={tabIndex}
        aria-disabled={selection.items.get(item.name) === 'whole'} onChange={onToggle} />
      <span className="pick-text" title={`${title(one)}\n${name}`}>
        <span className="pick-title">{title(one)}</span>
        <span className="pick-details">{name}</span>
      </span>
    </label>
  );
}
