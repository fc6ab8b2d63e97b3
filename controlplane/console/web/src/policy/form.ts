// A rule as the fields of the form, and back. Fields that the form does not have stay as they were.
import {
  contentKinds, destinationKinds, isAny, isEnabled, nameOf, sourceKinds, toList,
  type Action, type BlockMethod, type Content, type ContentKind, type Endpoint, type EndpointKind, type Rule, type Side, type Values,
} from './document';

/** `kinds` is undefined for any. */
export interface EndpointForm {
  any: boolean;
  values: Record<EndpointKind, string[]>;
}

export interface ContentForm {
  any: boolean;
  values: Record<ContentKind, string[]>;
}

export interface RuleForm {
  name: string;
  enabled: boolean;
  from: Side;
  source: EndpointForm;
  destination: EndpointForm;
  services: string[]; // none: any
  content: ContentForm;
  schedule: string; // empty: always
  action: Action;
  blockWith: BlockMethod;
  log: boolean;
  profile: string; // empty: none
}

export const newRule: Rule = { name: '', action: 'block' };

function endpointForm(endpoint: Endpoint | undefined): EndpointForm {
  const values = { addresses: [], fqdns: [], macs: [], users: [], countries: [] } as Record<EndpointKind, string[]>;
  if (endpoint === undefined || endpoint === 'any') return { any: true, values };
  for (const kind of sourceKinds) values[kind] = toList(endpoint[kind]);
  return { any: false, values };
}

function contentForm(content: Content | undefined): ContentForm {
  const values = { applications: [], url_categories: [] } as Record<ContentKind, string[]>;
  if (content === undefined || content === 'any') return { any: true, values };
  for (const kind of contentKinds) values[kind] = toList(content[kind]);
  return { any: false, values };
}

export function toForm(rule: Rule): RuleForm {
  return {
    name: nameOf(rule),
    enabled: isEnabled(rule),
    from: rule.from ?? 'any',
    source: endpointForm(rule.source),
    destination: endpointForm(rule.destination),
    services: isAny(rule.services) ? [] : toList(rule.services),
    content: contentForm(rule.content),
    schedule: rule.schedule ?? '',
    action: rule.action,
    blockWith: rule.block_with ?? 'drop',
    log: rule.log ?? true,
    profile: rule.profile ?? '',
  };
}

function sameList(values: Values | undefined, list: readonly string[]): boolean {
  const old = toList(values);
  return old.length === list.length && old.every((value, index) => value === list[index]);
}

function endpointFrom(form: EndpointForm, kinds: readonly EndpointKind[], was: Endpoint | undefined): Endpoint | undefined {
  if (form.any) return was === 'any' ? 'any' : undefined;
  const old = was === undefined || was === 'any' ? {} : was;
  const entries = kinds
    .filter((kind) => form.values[kind].length > 0)
    // A list that was not touched keeps its spelling, so that it is no difference.
    .map((kind) => [kind, sameList(old[kind], form.values[kind]) ? old[kind] : form.values[kind]]);
  return Object.fromEntries(entries) as Endpoint;
}

function contentFrom(form: ContentForm, was: Content | undefined): Content | undefined {
  if (form.any) return was === 'any' ? 'any' : undefined;
  const old = was === undefined || was === 'any' ? {} : was;
  // A kind without a name matches nothing; it stays when it was there, and one stays in any case.
  const kinds = contentKinds.filter((kind) => form.values[kind].length > 0 || old[kind] !== undefined);
  const entries = (kinds.length > 0 ? kinds : (['applications'] as const)).map((kind) => [
    kind,
    sameList(old[kind], form.values[kind]) && old[kind] !== undefined ? old[kind] : form.values[kind],
  ]);
  return Object.fromEntries(entries) as Content;
}

/** A default that was not written is not written now either. */
function unlessDefault<T>(value: T, byDefault: T, was: T | undefined): T | undefined {
  return value === byDefault && was === undefined ? undefined : value;
}

export function fromForm(form: RuleForm, was: Rule): Rule {
  const changed: Record<string, unknown> = {
    ...was,
    name: nameOf(was) === form.name.trim() ? was.name : form.name.trim(),
    enabled: unlessDefault(form.enabled, true, was.enabled),
    from: unlessDefault(form.from, 'any', was.from),
    source: endpointFrom(form.source, sourceKinds, was.source),
    destination: endpointFrom(form.destination, destinationKinds, was.destination),
    services: form.services.length === 0 ? undefined : sameList(was.services, form.services) ? was.services : form.services,
    content: contentFrom(form.content, was.content),
    schedule: form.schedule === '' ? undefined : form.schedule,
    action: form.action,
    block_with: form.action === 'block' ? unlessDefault(form.blockWith, 'drop', was.block_with) : undefined,
    log: unlessDefault(form.log, true, was.log),
    profile: form.profile === '' ? undefined : form.profile,
  };
  if (form.services.length === 0 && isAny(was.services) && was.services !== undefined) changed.services = was.services;
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined)) as unknown as Rule;
}
