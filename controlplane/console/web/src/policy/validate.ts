import {
  contentKinds, destinationKinds, findRule, objectNames, sourceKinds,
  type EndpointKind, type ObjectSection, type PolicyDocument,
} from './document';
import type { EndpointForm, RuleForm } from './form';
import { isAddressLiteral, isCountry, isHostName, isMac, isServiceLiteral } from './literals';

export type FieldMistakeCode =
  | 'name_missing' | 'name_too_long' | 'name_taken' | 'nothing_selected' | 'any_with_others'
  | 'not_an_address' | 'not_a_host_name' | 'not_a_mac' | 'not_a_country' | 'not_a_service';

/** `field` is a place in the rule, like `source/addresses`; `value` the text that is wrong. */
export interface FieldMistake {
  readonly field: string;
  readonly code: FieldMistakeCode;
  readonly value?: string;
}

const maxNameLength = 128; // of the policy's schema

interface ValueRule {
  readonly section?: ObjectSection;
  readonly accepts: (text: string) => boolean;
  readonly code: FieldMistakeCode;
}

// Users and groups are known to a directory, not to this page.
const valueRules: Readonly<Partial<Record<EndpointKind, ValueRule>>> = {
  addresses: { section: 'addresses', accepts: isAddressLiteral, code: 'not_an_address' },
  fqdns: { section: 'fqdns', accepts: isHostName, code: 'not_a_host_name' },
  macs: { section: 'macs', accepts: isMac, code: 'not_a_mac' },
  countries: { accepts: isCountry, code: 'not_a_country' },
};

const serviceRule: ValueRule = { section: 'services', accepts: isServiceLiteral, code: 'not_a_service' };

/** The first value that is neither a literal nor the name of an object. */
export function wrongValue(policy: PolicyDocument, values: readonly string[], rule: ValueRule): string | undefined {
  const names = new Set(rule.section ? objectNames(policy, rule.section) : []);
  return values.find((value) => !names.has(value) && !rule.accepts(value));
}

function checkValues(policy: PolicyDocument, field: string, values: readonly string[], rule: ValueRule): FieldMistake[] {
  if (values.includes('any')) return values.length > 1 ? [{ field, code: 'any_with_others' }] : [];
  const value = wrongValue(policy, values, rule);
  return value === undefined ? [] : [{ field, code: rule.code, value }];
}

function checkEndpoint(policy: PolicyDocument, field: string, form: EndpointForm, kinds: readonly EndpointKind[]): FieldMistake[] {
  if (form.any) return [];
  if (kinds.every((kind) => form.values[kind].length === 0)) return [{ field, code: 'nothing_selected' }];
  return kinds.flatMap((kind) => {
    const rule = valueRules[kind];
    return rule ? checkValues(policy, `${field}/${kind}`, form.values[kind], rule) : [];
  });
}

function checkName(policy: PolicyDocument, name: string, original: string): FieldMistake[] {
  if (name === '') return [{ field: 'name', code: 'name_missing' }];
  if ([...name].length > maxNameLength) return [{ field: 'name', code: 'name_too_long' }];
  return name !== original && findRule(policy, name) >= 0 ? [{ field: 'name', code: 'name_taken' }] : [];
}

/** `original`: the rule's name before; empty for a new rule. */
export function validateRule(policy: PolicyDocument, form: RuleForm, original: string): FieldMistake[] {
  return [
    ...checkName(policy, form.name.trim(), original),
    ...checkEndpoint(policy, 'source', form.source, sourceKinds),
    ...checkEndpoint(policy, 'destination', form.destination, destinationKinds),
    ...checkValues(policy, 'services', form.services, serviceRule),
  ];
}

/** Content that matches nothing is allowed (the factory policy has it); the form tells it. */
export function matchesNothing(form: RuleForm): boolean {
  return !form.content.any && contentKinds.every((kind) => form.content.values[kind].length === 0);
}
