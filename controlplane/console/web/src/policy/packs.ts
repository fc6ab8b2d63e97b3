// Packs of IPS rules: names as the console's API takes them (ContentFile, NewContentPack).
import { decodeRuleFile } from './ips';

export const maxPackText = 16 * 1024 * 1024; // characters of a file
export const maxPackBytes = 30 * 1024 * 1024; // of all files, so that the request fits

const config = new Set(['classification.config', 'threshold.config']);

export function isPackName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,59}$/.test(name);
}

/** A file's name in a pack: lower case, others than letters and digits become '-'. Nothing: rules are not in it. */
export function packFileName(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (config.has(lower)) return lower;
  if (!/\.(rules|txt)$/.test(lower)) return undefined;
  const stem = lower.replace(/\.(rules|txt)$/, '').replace(/[^a-z0-9_.-]+/g, '-').replace(/^[^a-z0-9]+/, '').slice(0, 54);
  return `${stem === '' ? 'rules' : stem}.rules`;
}

/** The text of a file; public rules carry bytes of older encodings in their messages. Nothing: it is no text. */
export function decodePackFile(bytes: ArrayBuffer): string | undefined {
  const text = decodeRuleFile(bytes) ?? new TextDecoder('latin1').decode(bytes).replaceAll('\r\n', '\n');
  return text === '' || text.includes('\0') ? undefined : text;
}

/** What a pack may be called after its first file of rules. */
export function suggestedPackName(files: readonly { name: string }[]): string {
  const first = files.find(({ name }) => name.endsWith('.rules'))?.name ?? '';
  return first.replace(/\.rules$/, '').replaceAll('.', '-').slice(0, 60);
}

const dayMs = 86_400_000;
const mostDays = 30; // after which attacks are likely to be new that a pack does not know

interface PublishedPack {
  readonly name: string;
  readonly versions: readonly { readonly version: number; readonly created_at: number }[];
}

/** How many days ago a version that a gateway has in force was published, where that is too long; `now`: milliseconds.
 *  Of a version that the console has forgotten, since the oldest that it knows. */
export function daysTooOld(packs: readonly PublishedPack[], inForce: { readonly name: string; readonly version: number }, now: number): number | undefined {
  const versions = packs.find(({ name }) => name === inForce.name)?.versions ?? [];
  const known = versions.find(({ version }) => version === inForce.version);
  const times = known ? [known.created_at] : versions.filter(({ version }) => version > inForce.version).map(({ created_at }) => created_at);
  if (times.length === 0) return undefined;
  const days = Math.floor((now - Math.min(...times)) / dayMs);
  return days > mostDays ? days : undefined;
}
