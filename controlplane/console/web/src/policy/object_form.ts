// An object as the fields of its form, and what is wrong with them.
import { nameOf, type NamedObject, type PolicyDocument } from './document';
import { entriesIn, entryMistake, type EntryMistake } from './list_entry';
import { isAddressLiteral, isHostName, isMac, isServiceLiteral } from './literals';
import { findObject, valuesField, valuesOf, type NamedSection, type ValueSection } from './objects';

export interface ObjectForm {
  readonly name: string;
  /** One value on a line, or several with commas between them. */
  readonly text: string;
  /** Of a URL category: what pages call it. */
  readonly title?: string;
}

export type ObjectMistakeCode =
  | 'name_missing' | 'name_too_long' | 'name_taken' | 'name_with_comma' | 'name_is_a_value' | 'no_values'
  | 'not_an_address' | 'not_a_host_name' | 'not_a_mac' | 'not_a_service' | 'not_an_entry' | 'title_too_long' | 'name_of_a_group' | 'name_is_built_in';

export interface ObjectMistake {
  readonly field: 'name' | 'title' | 'values';
  readonly code: ObjectMistakeCode;
  readonly value?: string;
  /** Of an entry of a URL category: where it stands, and why it is none. */
  readonly line?: number;
  readonly entry?: EntryMistake;
}

const maxNameLength = 128; // of the policy's schema
const maxTitleLength = 80;

const kinds: Readonly<Record<ValueSection, { accepts: (text: string) => boolean; code: ObjectMistakeCode }>> = {
  addresses: { accepts: isAddressLiteral, code: 'not_an_address' },
  fqdns: { accepts: isHostName, code: 'not_a_host_name' },
  macs: { accepts: isMac, code: 'not_a_mac' },
  services: { accepts: isServiceLiteral, code: 'not_a_service' },
  url_categories: { accepts: (text) => entryMistake(text) === undefined, code: 'not_an_entry' },
};

export function toObjectForm(section: ValueSection, object: NamedObject | undefined): ObjectForm {
  const form = object ? { name: nameOf(object), text: valuesOf(section, object).join('\n') } : { name: '', text: '' };
  if (section !== 'url_categories') return form;
  return { ...form, title: typeof object?.title === 'string' ? object.title : '' };
}

/** Of URL categories one on a line, as in a list of sites; of others also with commas between them. */
export function valuesIn(text: string, section?: ValueSection): string[] {
  if (section === 'url_categories') return entriesIn(text).map(({ entry }) => entry);
  return text.split(/[\n,]/).map((value) => value.trim()).filter((value) => value !== '');
}

/** Fields that the form does not have, and the spelling of values that were not touched, stay as they were. */
export function fromObjectForm(section: ValueSection, form: ObjectForm, was: NamedObject | undefined): NamedObject {
  const name = form.name.trim();
  const values = valuesIn(form.text, section);
  const untouched = was !== undefined && valuesOf(section, was).join('\n') === values.join('\n');
  const field = valuesField(section);
  const object: NamedObject = { ...was, name: was && nameOf(was) === name ? was.name : name, [field]: untouched ? was[field] : values };
  if (form.title === undefined) return object;
  if (form.title.trim() !== '') return { ...object, title: form.title.trim() };
  return Object.fromEntries(Object.entries(object).filter(([other]) => other !== 'title')) as unknown as NamedObject;
}

/** Why an object, or a user, cannot be called so. `original`: the name before; empty for a new one. */
export function nameMistake(policy: PolicyDocument, section: NamedSection, name: string, original: string): ObjectMistakeCode | undefined {
  if (name === '') return 'name_missing';
  if ([...name].length > maxNameLength) return 'name_too_long';
  if (name.includes(',')) return 'name_with_comma';
  // An FQDN object may well be called by the host that it stands for, and so may a category or an application.
  const isValue = section !== 'fqdns' && section !== 'url_categories' && section !== 'applications' && section !== 'users' && kinds[section].accepts(name);
  if (name === 'any' || isValue) return 'name_is_a_value';
  if (section === 'url_categories' && name.startsWith('group:')) return 'name_of_a_group';
  return name !== original && findObject(policy, section, name) ? 'name_taken' : undefined;
}

/** `original`: the name before; empty for a new object. */
export function validateObject(
  policy: PolicyDocument, section: ValueSection, form: ObjectForm, original: string, isBuiltIn: (name: string) => boolean = () => false,
): ObjectMistake[] {
  const mistakes: ObjectMistake[] = [];
  const name = form.name.trim();
  const code = nameMistake(policy, section, name, original) ?? (section === 'url_categories' && isBuiltIn(name) ? 'name_is_built_in' : undefined);
  if (code) mistakes.push({ field: 'name', code });
  if ([...(form.title ?? '').trim()].length > maxTitleLength) mistakes.push({ field: 'title', code: 'title_too_long' });
  const values = valuesIn(form.text, section);
  if (values.length === 0) mistakes.push({ field: 'values', code: 'no_values' });
  if (section === 'url_categories') {
    const entry = entriesIn(form.text).find(({ mistake }) => mistake !== undefined);
    if (entry?.mistake) mistakes.push({ field: 'values', code: 'not_an_entry', value: entry.entry, line: entry.line, entry: entry.mistake });
    return mistakes;
  }
  const wrong = values.find((value) => !kinds[section].accepts(value));
  if (wrong !== undefined) mistakes.push({ field: 'values', code: kinds[section].code, value: wrong });
  return mistakes;
}
