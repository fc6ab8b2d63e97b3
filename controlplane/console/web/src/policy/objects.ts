// Named objects that rules refer to (R056): where they are used, and what a new name means for the rules.
import { nameOf, rulesOf, toList, type Endpoint, type NamedObject, type PolicyDocument, type Rule, type Values } from './document';

export const valueSections = ['addresses', 'fqdns', 'macs', 'services'] as const;
export type ValueSection = (typeof valueSections)[number];

/** The field that has an object's values. */
export function valuesField(section: ValueSection): 'entries' | 'values' {
  return section === 'services' ? 'entries' : 'values';
}

export function objectsOf(policy: PolicyDocument, section: ValueSection): readonly NamedObject[] {
  return policy.objects?.[section] ?? [];
}

export function findObject(policy: PolicyDocument, section: ValueSection, name: string): NamedObject | undefined {
  return objectsOf(policy, section).find((object) => nameOf(object) === name);
}

export function valuesOf(section: ValueSection, object: NamedObject): string[] {
  return toList(object[valuesField(section)] as Values | undefined);
}

export function withObjects(policy: PolicyDocument, section: ValueSection, objects: readonly NamedObject[]): PolicyDocument {
  return { ...policy, objects: { ...policy.objects, [section]: objects } };
}

function renamed(values: Values | undefined, from: string, to: string): Values | undefined {
  const list = toList(values);
  return list.includes(from) ? list.map((value) => (value === from ? to : value)) : values;
}

function renamedInEndpoint(endpoint: Endpoint | undefined, section: ValueSection, from: string, to: string): Endpoint | undefined {
  if (section === 'services' || endpoint === undefined || endpoint === 'any' || endpoint[section] === undefined) return endpoint;
  return { ...endpoint, [section]: renamed(endpoint[section], from, to) };
}

/** The rule with another name for an object in it; the same rule when it has none of that name. */
function ruleWith(rule: Rule, section: ValueSection, from: string, to: string): Rule {
  if (section === 'services') return rule.services === undefined ? rule : { ...rule, services: renamed(rule.services, from, to) ?? null };
  const changed = { ...rule };
  for (const side of ['source', 'destination'] as const) {
    const endpoint = renamedInEndpoint(rule[side], section, from, to);
    if (endpoint !== undefined) changed[side] = endpoint;
  }
  return changed;
}

function refersTo(rule: Rule, section: ValueSection, name: string): boolean {
  const lists = section === 'services' ? [rule.services] : [rule.source, rule.destination].map((endpoint) =>
    endpoint === undefined || endpoint === 'any' ? undefined : endpoint[section]);
  return lists.some((values) => toList(values).includes(name));
}

/** The names of the rules that an object is in. */
export function rulesWith(policy: PolicyDocument, section: ValueSection, name: string): string[] {
  return rulesOf(policy).filter((rule) => refersTo(rule, section, name)).map(nameOf);
}

export function renameInRules(policy: PolicyDocument, section: ValueSection, from: string, to: string): PolicyDocument {
  if (from === to || rulesWith(policy, section, from).length === 0) return policy;
  return { ...policy, rules: rulesOf(policy).map((rule) => (refersTo(rule, section, from) ? ruleWith(rule, section, from, to) : rule)) };
}
