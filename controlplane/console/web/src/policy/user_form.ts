// A user as the fields of its form, and what is wrong with them (R013).
import { nameOf, objectNames, toList, type NamedObject, type PolicyDocument, type Values } from './document';
import { isAddressLiteral, isMac } from './literals';
import { nameMistake, type ObjectMistakeCode } from './object_form';
import { userFields } from './objects';
import { sameValue } from './same_value';

export type UserField = (typeof userFields)[number];
export type UserForm = Readonly<Record<UserField, readonly string[]>> & { readonly name: string };

export interface UserMistake {
  readonly field: 'name' | UserField;
  readonly code: ObjectMistakeCode | 'any_is_no_place' | 'too_many_groups';
  readonly value?: string;
}

const maxGroups = 64; // as the policy's reader has it

const listOf = (user: NamedObject | undefined, field: UserField) => toList(user?.[field] as Values | undefined);

export function toUserForm(user: NamedObject | undefined): UserForm {
  return { name: user ? nameOf(user) : '', groups: listOf(user, 'groups'), addresses: listOf(user, 'addresses'), macs: listOf(user, 'macs') };
}

/** Fields that the form does not have, and the spelling of lists that were not touched, stay as they were. */
export function fromUserForm(form: UserForm, was: NamedObject | undefined): NamedObject {
  const name = form.name.trim();
  const changed: Record<string, unknown> = { ...was, name: was && nameOf(was) === name ? was.name : name };
  for (const field of userFields) {
    if (sameValue(listOf(was, field), form[field])) continue;
    if (form[field].length === 0) delete changed[field];
    else changed[field] = form[field];
  }
  return changed as NamedObject;
}

/** `original`: the name before; empty for a new one. */
export function validateUser(policy: PolicyDocument, form: UserForm, original: string): UserMistake[] {
  const mistakes: UserMistake[] = [];
  const code = nameMistake(policy, 'users', form.name.trim(), original);
  if (code) mistakes.push({ field: 'name', code });
  if (form.groups.includes('any')) mistakes.push({ field: 'groups', code: 'name_is_a_value' });
  if (form.groups.length > maxGroups) mistakes.push({ field: 'groups', code: 'too_many_groups' });
  const places = [['addresses', isAddressLiteral, 'not_an_address'], ['macs', isMac, 'not_a_mac']] as const;
  for (const [field, accepts, wrong] of places) {
    const names = new Set(objectNames(policy, field));
    const value = form[field].find((text) => !names.has(text) && !accepts(text));
    if (value === 'any') mistakes.push({ field, code: 'any_is_no_place' });
    else if (value !== undefined) mistakes.push({ field, code: wrong, value });
  }
  return mistakes;
}

/** The users of a policy and their groups: what a rule's source can name. Others may be known at run time. */
export function userNames(policy: PolicyDocument): string[] {
  const users = policy.users ?? [];
  return [...new Set([...users.map(nameOf), ...users.flatMap((user) => listOf(user, 'groups'))])];
}
