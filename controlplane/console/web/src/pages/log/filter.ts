import type { EventFilter } from '../../api/events';

/** The filter as the address of the page has it: all texts, empty for none. */
export const filterFields = ['type', 'gateway', 'action', 'rule', 'source', 'destination', 'destination_port', 'from', 'to'] as const;
export type FilterTexts = Record<(typeof filterFields)[number], string>;

export function readFilter(address: URLSearchParams): FilterTexts {
  return Object.fromEntries(filterFields.map((field) => [field, address.get(field) ?? ''])) as FilterTexts;
}

export function writeFilter(texts: FilterTexts): URLSearchParams {
  return new URLSearchParams(filterFields.filter((field) => texts[field].trim() !== '').map((field) => [field, texts[field].trim()]));
}

/** Local time as `<input type="datetime-local">` writes it; undefined when it is none. */
function milliseconds(text: string): number | undefined {
  const time = text === '' ? NaN : new Date(text).getTime();
  return Number.isNaN(time) ? undefined : time;
}

export function portMistake(text: string): boolean {
  return text !== '' && !(/^\d{1,5}$/.test(text) && Number(text) <= 65535);
}

/** Rules of the policy that were enforced, what IPS rules found, calls to C&C servers, or flows that contradict themselves. */
export const recordTypes = ['policy', 'alert', 'callback', 'evasion'] as const;

/** The one that is filled in; policy where it is none. */
export function recordTypeOf(text: string): (typeof recordTypes)[number] {
  return recordTypes.find((type) => type === text) ?? 'policy';
}

/** What the console is asked: the records that match everything that is filled in. */
export function toQuery(texts: FilterTexts): EventFilter {
  const query: EventFilter = { type: recordTypeOf(texts.type) };
  if (texts.gateway !== '') query.gateway = texts.gateway;
  if (texts.action === 'allow' || texts.action === 'block' || texts.action === 'monitor') query.action = texts.action;
  if (texts.rule.trim() !== '') query.rule = texts.rule.trim();
  if (texts.source.trim() !== '') query.source = texts.source.trim();
  if (texts.destination.trim() !== '') query.destination = texts.destination.trim();
  const port = texts.destination_port.trim();
  if (port !== '' && !portMistake(port)) query.destination_port = Number(port);
  const from = milliseconds(texts.from);
  const to = milliseconds(texts.to);
  if (from !== undefined) query.from = from;
  if (to !== undefined) query.to = to;
  return query;
}
