// Which items of a catalogue the names in a rule choose, and what a click on an item or a group makes of the names.
import { groupNamed, type Catalogue, type CatalogueItem } from './catalogue';

/** How an item came to be chosen: by its own name, by its group's, or because it is part of one that is chosen by name. */
export type ChosenBy = 'name' | 'group' | 'whole';

export interface Selection {
  readonly names: readonly string[];
  /** Groups that are named. */
  readonly groups: ReadonlySet<string>;
  readonly items: ReadonlyMap<string, ChosenBy>;
  /** Names that the catalogue does not have; they stay in the rule until somebody removes them. */
  readonly unknown: readonly string[];
}

/** The nearest one that `item` is part of and that `names` has. */
export function wholeIn(catalogue: Catalogue, names: ReadonlySet<string>, item: CatalogueItem): CatalogueItem | undefined {
  for (let whole = catalogue.item.get(item.parent ?? ''); whole; whole = catalogue.item.get(whole.parent ?? '')) if (names.has(whole.name)) return whole;
  return undefined;
}

export function selectionOf(catalogue: Catalogue, names: readonly string[]): Selection {
  const named = new Set(names);
  const groups = new Set([...named].flatMap((name) => groupNamed(catalogue, name)?.name ?? []));
  const items = new Map<string, ChosenBy>();
  for (const item of catalogue.items) {
    if (named.has(item.name)) items.set(item.name, 'name');
    else if (wholeIn(catalogue, named, item)) items.set(item.name, 'whole');
    else if (groups.has(item.group)) items.set(item.name, 'group');
  }
  return { names: [...named], groups, items, unknown: [...named].filter((name) => !catalogue.item.has(name) && !groupNamed(catalogue, name)) };
}

/** How many items are chosen, however they are named. */
export function countOf(selection: Selection): number {
  return selection.items.size + selection.unknown.length;
}

export type GroupState = 'all' | 'some' | 'none';

export function groupState(catalogue: Catalogue, selection: Selection, group: string): { state: GroupState; chosen: number; all: number } {
  const items = catalogue.itemsOf.get(group) ?? [];
  const chosen = items.filter(({ name }) => selection.items.has(name)).length;
  return { state: chosen === 0 ? 'none' : chosen === items.length ? 'all' : 'some', chosen, all: items.length };
}

function without(names: readonly string[], removed: ReadonlySet<string>): string[] {
  return names.filter((name) => !removed.has(name));
}

/** All of a group, or nothing of it when all of it is chosen. What is chosen as part of something else stays chosen. */
export function toggleGroup(catalogue: Catalogue, selection: Selection, group: string): string[] {
  const items = (catalogue.itemsOf.get(group) ?? []).map(({ name }) => name);
  const rest = without(selection.names, new Set([...items, catalogue.groupPrefix + group]));
  if (groupState(catalogue, selection, group).state === 'all' && rest.length < selection.names.length) return rest;
  return group === catalogue.namelessGroup ? [...rest, ...items] : [...rest, catalogue.groupPrefix + group];
}

/** The names without those that stand for `item` and others: a group becomes all its other items. */
function withoutOne(catalogue: Catalogue, selection: Selection, item: CatalogueItem): string[] {
  if (!selection.groups.has(item.group)) return without(selection.names, new Set([item.name]));
  const removed = new Set([item.name, catalogue.groupPrefix + item.group]);
  // Something that it is part of would choose it again.
  for (let whole = catalogue.item.get(item.parent ?? ''); whole; whole = catalogue.item.get(whole.parent ?? '')) removed.add(whole.name);
  const others = (catalogue.itemsOf.get(item.group) ?? []).map(({ name }) => name).filter((name) => !removed.has(name));
  return [...new Set([...without(selection.names, removed), ...others])];
}

/** An item that is chosen as part of another stays so: the other is to be changed. */
export function toggleItem(catalogue: Catalogue, selection: Selection, item: CatalogueItem): string[] {
  const by = selection.items.get(item.name);
  if (by === undefined) return [...selection.names, item.name];
  return by === 'whole' ? [...selection.names] : withoutOne(catalogue, selection, item);
}

export function addItems(selection: Selection, items: readonly CatalogueItem[]): string[] {
  return [...selection.names, ...items.map(({ name }) => name).filter((name) => !selection.items.has(name))];
}
