// Which items of a catalogue the names in a rule choose, and what a click on an item or a group makes of the names.
import { functionName, functionNamed, groupNamed, type Catalogue, type CatalogueItem } from './catalogue';

/** How an item came to be chosen: by its own name, by its group's, or because it is part of one that is chosen by name. */
export type ChosenBy = 'name' | 'group' | 'whole';

export interface Selection {
  readonly names: readonly string[];
  /** Groups that are named. */
  readonly groups: ReadonlySet<string>;
  readonly items: ReadonlyMap<string, ChosenBy>;
  /** Names of single functions, of items or groups that are not chosen as a whole. */
  readonly functions: readonly string[];
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
  const isWhole = (name: string) => catalogue.item.has(name) || groupNamed(catalogue, name) !== undefined;
  const ofWhole = (name: string) => items.has(wholeName(name)) || groups.has(groupNamed(catalogue, wholeName(name))?.name ?? '');
  const functions = [...named].filter((name) => functionNamed(catalogue, name));
  return {
    names: [...named], groups, items, functions: functions.filter((name) => !ofWhole(name)),
    unknown: [...named].filter((name) => !isWhole(name) && !functions.includes(name)),
  };
}

function wholeName(name: string): string {
  return name.split('/')[0] ?? name;
}

/** Those of the item's own functions that are chosen; all of them when the item is. */
export function chosenFunctions(selection: Selection, item: CatalogueItem): readonly string[] {
  const all = item.functions ?? [];
  return selection.items.has(item.name) ? all : all.filter((one) => selection.functions.includes(functionName(item, one)));
}

/** How many items are chosen, however they are named; a single function counts as one. */
export function countOf(selection: Selection): number {
  return selection.items.size + selection.functions.length + selection.unknown.length;
}

export type GroupState = 'all' | 'some' | 'none';

export function groupState(catalogue: Catalogue, selection: Selection, group: string): { state: GroupState; chosen: number; all: number } {
  const items = catalogue.itemsOf.get(group) ?? [];
  const chosen = items.filter(({ name }) => selection.items.has(name)).length;
  const inPart = items.some((item) => chosenFunctions(selection, item).length > 0);
  return { state: chosen === 0 && !inPart ? 'none' : chosen === items.length ? 'all' : 'some', chosen, all: items.length };
}

function without(names: readonly string[], removed: ReadonlySet<string>): string[] {
  return names.filter((name) => !removed.has(name));
}

/** All of a group, or nothing of it when all of it is chosen. What is chosen as part of something else stays chosen. */
export function toggleGroup(catalogue: Catalogue, selection: Selection, group: string): string[] {
  const items = (catalogue.itemsOf.get(group) ?? []).map(({ name }) => name);
  const whole = new Set([...items, catalogue.groupPrefix + group]);
  const rest = selection.names.filter((name) => !whole.has(wholeName(name)));
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
  if (by === undefined) return [...selection.names.filter((name) => wholeName(name) !== item.name), item.name];
  return by === 'whole' ? [...selection.names] : withoutOne(catalogue, selection, item);
}

/** One function of an item and none of its others; of an item that is chosen all its other functions stay. */
export function toggleFunction(catalogue: Catalogue, selection: Selection, item: CatalogueItem, one: string): string[] {
  const by = selection.items.get(item.name);
  if (by === 'whole') return [...selection.names];
  const name = functionName(item, one);
  if (by === undefined) return selection.names.includes(name) ? without(selection.names, new Set([name])) : [...selection.names, name];
  const others = (item.functions ?? []).filter((other) => other !== one).map((other) => functionName(item, other));
  const rest = withoutOne(catalogue, selection, item).filter((other) => wholeName(other) !== item.name);
  return [...rest, ...others];
}

export function addItems(selection: Selection, items: readonly CatalogueItem[]): string[] {
  const added = items.map(({ name }) => name).filter((name) => !selection.items.has(name));
  return [...selection.names.filter((name) => !added.includes(wholeName(name))), ...added];
}
