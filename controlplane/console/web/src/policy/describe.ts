import {
  contentKinds, isAny, sourceKinds, toList,
  type Content, type ContentKind, type Endpoint, type EndpointKind, type Rule,
} from './document';

export interface Part<Kind extends string> {
  readonly kind: Kind;
  readonly values: readonly string[];
}

/** undefined: any. */
export function endpointParts(endpoint: Endpoint | undefined): Part<EndpointKind>[] | undefined {
  if (endpoint === undefined || endpoint === 'any') return undefined;
  const parts = sourceKinds.map((kind) => ({ kind, values: toList(endpoint[kind]) }));
  return parts.filter((part) => part.values.length > 0);
}

/** undefined: any; empty: nothing matches. */
export function contentParts(content: Content | undefined): Part<ContentKind>[] | undefined {
  if (content === undefined || content === 'any') return undefined;
  const parts = contentKinds.map((kind) => ({ kind, values: toList(content[kind]) }));
  return parts.filter((part) => part.values.length > 0);
}

/** undefined: any. */
export function serviceList(rule: Rule): string[] | undefined {
  return isAny(rule.services) ? undefined : toList(rule.services);
}

/** What a search in the table looks through, in lower case; `titleOf` says what names of content are called. */
export function searchText(rule: Rule, titleOf: (kind: ContentKind, name: string) => string = (_, name) => name): string {
  const endpoints = [rule.source, rule.destination].flatMap((endpoint) => endpointParts(endpoint) ?? []);
  const words = [
    String(rule.name),
    rule.action,
    rule.profile ?? '',
    ...endpoints.flatMap((part) => part.values),
    ...(serviceList(rule) ?? []),
    ...(contentParts(rule.content) ?? []).flatMap(({ kind, values }) => values.flatMap((name) => [name, titleOf(kind, name)])),
  ];
  return words.join('\n').toLowerCase();
}
