// The page's view of a policy: what it shows and edits. Everything else in the document is kept as it is.

/** A list, one comma-separated text, or `any`: the policy format allows all of them. */
export type Values = string | number | boolean | readonly (string | number | boolean)[] | null;

export const sourceKinds = ['addresses', 'fqdns', 'macs', 'users', 'countries'] as const;
export const destinationKinds = ['addresses', 'fqdns', 'countries'] as const;
export const contentKinds = ['applications', 'url_categories'] as const;
export type EndpointKind = (typeof sourceKinds)[number];
export type ContentKind = (typeof contentKinds)[number];

export type Endpoint = 'any' | Readonly<Partial<Record<EndpointKind, Values>>>;
export type Content = 'any' | Readonly<Partial<Record<ContentKind, Values>>>;
export type Action = 'allow' | 'block' | 'monitor';
export const blockMethods = ['drop', 'reset', 'answer'] as const;
export type BlockMethod = (typeof blockMethods)[number];
export type Side = 'any' | 'lan' | 'wan';

export interface Rule {
  readonly name: string | number | boolean;
  readonly enabled?: boolean;
  readonly from?: Side;
  readonly source?: Endpoint;
  readonly destination?: Endpoint;
  readonly services?: Values;
  readonly content?: Content;
  readonly schedule?: string;
  readonly action: Action;
  readonly block_with?: BlockMethod;
  readonly log?: boolean;
  readonly profile?: string;
  readonly [unknown: string]: unknown;
}

export type ObjectSection = 'addresses' | 'fqdns' | 'macs' | 'services' | 'url_categories' | 'applications' | 'schedules';

export interface NamedObject {
  readonly name: string | number | boolean;
  readonly [unknown: string]: unknown;
}

export interface PolicyDocument {
  readonly rules?: readonly Rule[] | null;
  readonly objects?: Readonly<Partial<Record<ObjectSection, readonly NamedObject[] | null>>> | null;
  readonly profiles?: readonly NamedObject[] | null;
  readonly users?: readonly NamedObject[] | null;
  readonly [unknown: string]: unknown;
}

export function rulesOf(policy: PolicyDocument): readonly Rule[] {
  return policy.rules ?? [];
}

export function nameOf(named: { readonly name: string | number | boolean }): string {
  return String(named.name).trim();
}

export function isEnabled(rule: Rule): boolean {
  return rule.enabled ?? true;
}

/** Every value of a list or of a comma-separated text. */
export function toList(values: Values | undefined): string[] {
  if (values === undefined || values === null) return [];
  const texts = Array.isArray(values) ? values.map(String) : [String(values as string | number | boolean)];
  return texts.flatMap((text) => text.split(',')).map((text) => text.trim()).filter((text) => text !== '');
}

export function isAny(values: Values | undefined): boolean {
  const list = toList(values);
  return values === undefined || (list.length === 1 && list[0] === 'any');
}

export function objectNames(policy: PolicyDocument, section: ObjectSection): string[] {
  return (policy.objects?.[section] ?? []).map(nameOf);
}

export function profileNames(policy: PolicyDocument): string[] {
  return (policy.profiles ?? []).map(nameOf);
}

export function findRule(policy: PolicyDocument, name: string): number {
  return rulesOf(policy).findIndex((rule) => nameOf(rule) === name);
}
