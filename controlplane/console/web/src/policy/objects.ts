// Named objects that rules refer to (R056): where they are used, and what a new name means for the rules.
import { nameOf, rulesOf, toList, type Endpoint, type NamedObject, type PolicyDocument, type Rule, type Values } from './document';

export const valueSections = ['addresses', 'fqdns', 'macs', 'services', 'url_categories'] as const;
export type ValueSection = (typeof valueSections)[number];
/** Users are no objects to the policy's format; to the page they are. Applications and users have more than values. */
export const objectSections = [...valueSections, 'applications', 'users'] as const;
export type NamedSection = (typeof objectSections)[number];
export const userFields = ['groups', 'addresses', 'macs'] as const;

/** The field that has an object's values. */
export function valuesField(section: ValueSection): 'entries' | 'values' {
  return section === 'services' || section === 'url_categories' ? 'entries' : 'values';
}

export function objectsOf(policy: PolicyDocument, section: NamedSection): readonly NamedObject[] {
  return (section === 'users' ? policy.users : policy.objects?.[section]) ?? [];
}

export function findObject(policy: PolicyDocument, section: NamedSection, name: string): NamedObject | undefined {
  return objectsOf(policy, section).find((object) => nameOf(object) === name);
}

/** What tells an own application: hosts, then servers as "10.1.2.3 tcp/8443". */
function applicationValues(object: NamedObject): string[] {
  const listsIn = (server: NamedObject) => [server.addresses, server.services].flatMap((values) => toList(values as Values | undefined));
  const servers = Array.isArray(object.servers) ? (object.servers as NamedObject[]) : [];
  return [...toList(object.hosts as Values | undefined), ...servers.map((server) => listsIn(server).join(' '))];
}

export function valuesOf(section: NamedSection, object: NamedObject): string[] {
  if (section === 'users') return userFields.flatMap((field) => toList(object[field] as Values | undefined));
  if (section === 'applications') return applicationValues(object);
  const values = object[valuesField(section)] as Values | undefined;
  // Paths have commas of their own.
  if (section === 'url_categories') return Array.isArray(values) ? values.map((value) => String(value).trim()) : [];
  return toList(values);
}

export function withObjects(policy: PolicyDocument, section: NamedSection, objects: readonly NamedObject[]): PolicyDocument {
  if (section === 'users') return { ...policy, users: objects };
  return { ...policy, objects: { ...policy.objects, [section]: objects } };
}

function renamed(values: Values | undefined, from: string, to: string): Values | undefined {
  const list = toList(values);
  return list.includes(from) ? list.map((value) => (value === from ? to : value)) : values;
}

type ContentSection = 'url_categories' | 'applications';
type EndpointSection = Exclude<NamedSection, 'services' | ContentSection>;

function isOfContent(section: NamedSection): section is ContentSection {
  return section === 'url_categories' || section === 'applications';
}

function renamedInEndpoint(endpoint: Endpoint | undefined, section: EndpointSection, from: string, to: string): Endpoint | undefined {
  if (endpoint === undefined || endpoint === 'any' || endpoint[section] === undefined) return endpoint;
  return { ...endpoint, [section]: renamed(endpoint[section], from, to) };
}

/** The rule with another name for an object in it; the same rule when it has none of that name. */
function ruleWith(rule: Rule, section: NamedSection, from: string, to: string): Rule {
  if (section === 'services') return rule.services === undefined ? rule : { ...rule, services: renamed(rule.services, from, to) ?? null };
  if (isOfContent(section)) {
    if (rule.content === undefined || rule.content === 'any') return rule;
    return { ...rule, content: { ...rule.content, [section]: renamed(rule.content[section], from, to) ?? null } };
  }
  const changed = { ...rule };
  for (const side of ['source', 'destination'] as const) {
    const endpoint = renamedInEndpoint(rule[side], section, from, to);
    if (endpoint !== undefined) changed[side] = endpoint;
  }
  return changed;
}

function listsOf(rule: Rule, section: NamedSection): (Values | undefined)[] {
  if (section === 'services') return [rule.services];
  if (isOfContent(section)) return [rule.content === undefined || rule.content === 'any' ? undefined : rule.content[section]];
  return [rule.source, rule.destination].map((endpoint) => (endpoint === undefined || endpoint === 'any' ? undefined : endpoint[section]));
}

function refersTo(rule: Rule, section: NamedSection, name: string): boolean {
  return listsOf(rule, section).some((values) => toList(values).includes(name));
}

/** The names of the rules that an object is in. */
export function rulesWith(policy: PolicyDocument, section: NamedSection, name: string): string[] {
  return rulesOf(policy).filter((rule) => refersTo(rule, section, name)).map(nameOf);
}

export function renameInRules(policy: PolicyDocument, section: NamedSection, from: string, to: string): PolicyDocument {
  if (from === to || rulesWith(policy, section, from).length === 0) return policy;
  return { ...policy, rules: rulesOf(policy).map((rule) => (refersTo(rule, section, from) ? ruleWith(rule, section, from, to) : rule)) };
}
