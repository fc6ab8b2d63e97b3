// What rules can name as content, in groups: applications in their categories, URL categories in their groups.
import { nameOf, type ContentKind, type NamedObject } from './document';

export interface Titled {
  readonly name: string;
  readonly title: string;
  readonly title_ja: string;
}

export interface CatalogueItem extends Titled {
  readonly id: number;
  readonly group: string;
  /** The name of what it is part of: a rule that names that one concerns this one too. */
  readonly parent?: string;
  readonly risk?: number;
  readonly japanese?: boolean;
  readonly tags?: readonly string[];
  /** Names of what it is used for, where that can be told apart: a rule may name one of them alone. */
  readonly functions?: readonly string[];
}

export interface Catalogue {
  readonly kind: ContentKind;
  readonly groups: readonly Titled[];
  readonly items: readonly CatalogueItem[];
  readonly group: ReadonlyMap<string, Titled>;
  readonly item: ReadonlyMap<string, CatalogueItem>;
  readonly itemsOf: ReadonlyMap<string, readonly CatalogueItem[]>;
  /** What stands before a group's name in a rule; a rule that names a group has what is added to the group later. */
  readonly groupPrefix: string;
  /** A group that rules cannot name: choosing all of it chooses what is in it now. */
  readonly namelessGroup?: string;
  /** What items are used for. */
  readonly functions: ReadonlyMap<string, Titled>;
}

export function makeCatalogue(kind: ContentKind, groups: readonly Titled[], items: readonly CatalogueItem[], groupPrefix: string,
  functions: readonly Titled[] = []): Catalogue {
  const itemsOf = new Map<string, CatalogueItem[]>(groups.map(({ name }) => [name, []]));
  for (const item of items) itemsOf.get(item.group)?.push(item);
  return {
    kind, groups, items, itemsOf, groupPrefix,
    group: new Map(groups.map((group) => [group.name, group])),
    item: new Map(items.map((item) => [item.name, item])),
    functions: new Map(functions.map((one) => [one.name, one])),
  };
}

const ownGroup: Titled = { name: 'own', title: 'Your own categories', title_ja: '独自カテゴリ' };
const firstOwnId = 900; // as the gateway numbers them

/** The catalogue with a policy's own URL categories before all others, in a group of theirs. */
export function withOwnCategories(catalogue: Catalogue, own: readonly NamedObject[]): Catalogue {
  if (catalogue.kind !== 'url_categories' || own.length === 0) return catalogue;
  const items = own.map((category, index): CatalogueItem => {
    const name = nameOf(category);
    const title = typeof category.title === 'string' && category.title.trim() !== '' ? category.title.trim() : name;
    return { id: firstOwnId + index, name, title, title_ja: title, group: ownGroup.name };
  });
  const others = catalogue.items.filter(({ name }) => !items.some((item) => item.name === name));
  const made = makeCatalogue(catalogue.kind, [ownGroup, ...catalogue.groups], [...items, ...others], catalogue.groupPrefix);
  return { ...made, namelessGroup: ownGroup.name };
}

/** Where own applications are that are in no category of the catalogue; rules can name it. */
export const ownApplicationGroup: Titled = { name: 'custom', title: 'Own applications', title_ja: '自社アプリケーション' };
const firstOwnApplicationId = 60000; // as the gateway numbers them

export function ownFirst(groups: readonly Titled[]): Titled[] {
  const isOwn = ({ name }: Titled) => name === ownApplicationGroup.name;
  return [...groups.filter(isOwn), ...groups.filter((group) => !isOwn(group))];
}

/** The catalogue with a policy's own applications, before all others or in the categories that they name. */
export function withOwnApplications(catalogue: Catalogue, own: readonly NamedObject[]): Catalogue {
  if (catalogue.kind !== 'applications' || own.length === 0) return catalogue;
  const items = own.map((application, index): CatalogueItem => {
    const name = nameOf(application);
    const title = typeof application.title === 'string' && application.title.trim() !== '' ? application.title.trim() : name;
    const group = typeof application.category === 'string' && catalogue.group.has(application.category) ? application.category : ownApplicationGroup.name;
    const risk = typeof application.risk === 'number' ? application.risk : 1;
    return { id: firstOwnApplicationId + index, name, title, title_ja: title, group, risk };
  });
  const others = catalogue.items.filter(({ name }) => !items.some((item) => item.name === name));
  return makeCatalogue(catalogue.kind, [ownApplicationGroup, ...catalogue.groups], [...items, ...others], catalogue.groupPrefix, [...catalogue.functions.values()]);
}

const wholes = new WeakMap<Catalogue, Catalogue>();

/** The catalogue without single functions of its items: the same each time. */
export function wholesOf(catalogue: Catalogue): Catalogue {
  const known = wholes.get(catalogue);
  if (known !== undefined) return known;
  const items = catalogue.items.map((item) => Object.fromEntries(Object.entries(item).filter(([field]) => field !== 'functions')) as unknown as CatalogueItem);
  const made = { ...makeCatalogue(catalogue.kind, catalogue.groups, items, catalogue.groupPrefix), ...(catalogue.namelessGroup === undefined ? {} : { namelessGroup: catalogue.namelessGroup }) };
  wholes.set(catalogue, made);
  return made;
}

/** The group that a name in a rule stands for, if it stands for one. */
export function groupNamed(catalogue: Catalogue, name: string): Titled | undefined {
  const group = name.startsWith(catalogue.groupPrefix) ? catalogue.group.get(name.slice(catalogue.groupPrefix.length)) : undefined;
  return group?.name === catalogue.namelessGroup ? undefined : group;
}

/** What an item is used for, as far as that can be told apart. */
export function functionsOf(catalogue: Catalogue, item: CatalogueItem): Titled[] {
  return (item.functions ?? []).flatMap((name) => catalogue.functions.get(name) ?? []);
}

/** What stands for one function of an item in a rule. */
export function functionName(item: CatalogueItem, functionOf: string): string {
  return `${item.name}/${functionOf}`;
}

/** The one function that a name in a rule stands for, of an item or of all in a group, if it stands for one. */
export function functionNamed(catalogue: Catalogue, name: string): { of: Titled; function: Titled } | undefined {
  const [whole = '', function_, ...more] = name.split('/');
  const of = catalogue.item.get(whole) ?? groupNamed(catalogue, whole);
  const known = catalogue.functions.get(function_ ?? '');
  return of && known && more.length === 0 ? { of, function: known } : undefined;
}

export function titleIn(language: string, { title, title_ja }: Titled): string {
  return language === 'ja' ? title_ja : title;
}

/** The other language's title, where there is a difference. */
export function otherTitleIn(language: string, { title, title_ja }: Titled): string {
  if (title === title_ja) return '';
  return language === 'ja' ? title : title_ja;
}

/** As a reader of `language` looks for them. */
export function inOrder<Value extends Titled>(language: string, values: readonly Value[]): Value[] {
  const order = new Intl.Collator(language, { numeric: true, sensitivity: 'base' });
  return [...values].sort((a, b) => order.compare(titleIn(language, a), titleIn(language, b)));
}

/** One spelling for what readers type in several: case, width, and the two Japanese syllabaries. */
export function folded(text: string): string {
  const narrow = text.normalize('NFKC').toLowerCase();
  return narrow.replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));
}

const searchTexts = new WeakMap<Titled, string>();

function searchText(value: Titled): string {
  const known = searchTexts.get(value);
  if (known !== undefined) return known;
  const { tags } = value as Partial<CatalogueItem>;
  const text = folded([value.title, value.title_ja, value.name, ...(tags ?? [])].join('\n'));
  searchTexts.set(value, text);
  return text;
}

export interface Found {
  readonly groups: readonly Titled[];
  readonly items: readonly CatalogueItem[];
}

/**
 * Groups and items that have every word in a title of either language, the name or a tag; a number is also an item's id.
 * Those that begin with the text come first.
 */
export function search(catalogue: Catalogue, text: string): Found {
  const whole = folded(text.trim());
  const words = whole.split(/\s+/).filter((word) => word !== '');
  const fits = (value: Titled) => words.every((word) => searchText(value).includes(word));
  const id = /^\d+$/.test(whole) ? Number(whole) : 0;
  const items = catalogue.items.filter((item) => item.id === id || fits(item));
  const begins = ({ id: itsId, title, title_ja, name }: CatalogueItem) => itsId === id || [title, title_ja, name].some((own) => folded(own).startsWith(whole));
  return { groups: catalogue.groups.filter(fits), items: [...items.filter(begins), ...items.filter((item) => !begins(item))] };
}
