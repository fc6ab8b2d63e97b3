// An object as the fields of its form, and what is wrong with them.
import { nameOf, type NamedObject, type PolicyDocument } from './document';
import { isAddressLiteral, isHostName, isMac, isServiceLiteral } from './literals';
import { findObject, valuesField, valuesOf, type ValueSection } from './objects';

export interface ObjectForm {
  readonly name: string;
  /** One value on a line, or several with commas between them. */
  readonly text: string;
}

export type ObjectMistakeCode =
  | 'name_missing' | 'name_too_long' | 'name_taken' | 'name_with_comma' | 'name_is_a_value' | 'no_values'
  | 'not_an_address' | 'not_a_host_name' | 'not_a_mac' | 'not_a_service';

export interface ObjectMistake {
  readonly field: 'name' | 'values';
  readonly code: ObjectMistakeCode;
  readonly value?: string;
}

const maxNameLength = 128; // of the policy's schema

const kinds: Readonly<Record<ValueSection, { accepts: (text: string) => boolean; code: ObjectMistakeCode }>> = {
  addresses: { accepts: isAddressLiteral, code: 'not_an_address' },
  fqdns: { accepts: isHostName, code: 'not_a_host_name' },
  macs: { accepts: isMac, code: 'not_a_mac' },
  services: { accepts: isServiceLiteral, code: 'not_a_service' },
};

export function toObjectForm(section: ValueSection, object: NamedObject | undefined): ObjectForm {
  return object ? { name: nameOf(object), text: valuesOf(section, object).join('\n') } : { name: '', text: '' };
}

export function valuesIn(text: string): string[] {
  return text.split(/[\n,]/).map((value) => value.trim()).filter((value) => value !== '');
}

/** Fields that the form does not have, and the spelling of values that were not touched, stay as they were. */
export function fromObjectForm(section: ValueSection, form: ObjectForm, was: NamedObject | undefined): NamedObject {
  const name = form.name.trim();
  const values = valuesIn(form.text);
  const untouched = was !== undefined && valuesOf(section, was).join('\n') === values.join('\n');
  const field = valuesField(section);
  return { ...was, name: was && nameOf(was) === name ? was.name : name, [field]: untouched ? was[field] : values };
}

function nameMistake(policy: PolicyDocument, section: ValueSection, name: string, original: string): ObjectMistakeCode | undefined {
  if (name === '') return 'name_missing';
  if ([...name].length > maxNameLength) return 'name_too_long';
  if (name.includes(',')) return 'name_with_comma';
  // An FQDN object may well be called by the host that it stands for.
  if (name === 'any' || (section !== 'fqdns' && kinds[section].accepts(name))) return 'name_is_a_value';
  return name !== original && findObject(policy, section, name) ? 'name_taken' : undefined;
}

/** `original`: the name before; empty for a new object. */
export function validateObject(policy: PolicyDocument, section: ValueSection, form: ObjectForm, original: string): ObjectMistake[] {
  const mistakes: ObjectMistake[] = [];
  const code = nameMistake(policy, section, form.name.trim(), original);
  if (code) mistakes.push({ field: 'name', code });
  const values = valuesIn(form.text);
  if (values.length === 0) mistakes.push({ field: 'values', code: 'no_values' });
  const wrong = values.find((value) => !kinds[section].accepts(value));
  if (wrong !== undefined) mistakes.push({ field: 'values', code: kinds[section].code, value: wrong });
  return mistakes;
}
