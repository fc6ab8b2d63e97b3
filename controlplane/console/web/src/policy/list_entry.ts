// Entries of the allow and block lists (R067, R068). The console's policy reader decides in the end; this tells the user
// earlier, entry by entry.
import { isAddressLiteral, parseAddress } from './literals';

export type EntryMistake =
  | 'empty' | 'too_long' | 'scheme' | 'everything' | 'wildcard' | 'port' | 'user' | 'not_ascii' | 'not_a_host' | 'not_qualified' | 'not_an_address'
  | 'path_character' | 'path_wildcard' | 'fragment';

const maxBytes = 2048;
const maxName = 253; // RFC 1035, as text
const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

function pathMistake(path: string): EntryMistake | undefined {
  if (path.includes('#')) return 'fragment';
  if (!/^[!-~]*$/.test(path)) return 'path_character';
  return /\*./.test(path) ? 'path_wildcard' : undefined;
}

/** `whole`: no path follows, so that a wildcard may be at the end too. */
function hostMistake(host: string, whole: boolean): EntryMistake | undefined {
  if (host === '*' || host === '*.*') return 'everything';
  const front = host.startsWith('*.') ? host.slice(2) : host;
  const name = whole && front.endsWith('.*') ? front.slice(0, -2) : front;
  if (name.includes('*')) return 'wildcard';
  if (name.includes('@')) return 'user';
  if (name.includes(':')) return 'port';
  if (/[^ -~]/.test(name)) return 'not_ascii';
  const labels = name.split('.');
  if (name.length > maxName || !labels.every((one) => label.test(one)) || /^\d+$/.test(labels.at(-1) ?? '')) return 'not_a_host';
  return labels.length < 2 && name === host ? 'not_qualified' : undefined;
}

/** Why the policy does not take `entry`; undefined when it does. */
export function entryMistake(entry: string): EntryMistake | undefined {
  if (entry === '') return 'empty';
  if (new TextEncoder().encode(entry).length > maxBytes) return 'too_long';
  if (entry.includes('://')) return 'scheme';
  if (isAddressLiteral(entry)) return undefined;
  if (/^[0-9./ -]+$/.test(entry)) return 'not_an_address';
  const slash = entry.indexOf('/');
  const host = (slash < 0 ? entry : entry.slice(0, slash)).toLowerCase();
  const path = slash < 0 ? '' : entry.slice(slash);
  return (parseAddress(host) ? undefined : hostMistake(host, path === '')) ?? pathMistake(path);
}

/** As the policy keeps it: hosts know no capitals, paths do. */
export function normalEntry(entry: string): string {
  const slash = entry.indexOf('/');
  return slash < 0 ? entry.toLowerCase() : entry.slice(0, slash).toLowerCase() + entry.slice(slash);
}

export interface EntryLine {
  /** From 1. */
  readonly line: number;
  readonly entry: string;
  readonly mistake?: EntryMistake;
}

/** Entries of a text or a file: one a line; what follows a # at the beginning or behind a blank is a comment. Repeated ones come once. */
export function entriesIn(text: string): EntryLine[] {
  const seen = new Set<string>();
  return text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/).flatMap((line, index) => {
    const entry = normalEntry(line.replace(/(^|\s)#.*$/, '').trim());
    if (entry === '' || seen.has(entry)) return [];
    seen.add(entry);
    const mistake = entryMistake(entry);
    return [{ line: index + 1, entry, ...(mistake === undefined ? {} : { mistake }) }];
  });
}
