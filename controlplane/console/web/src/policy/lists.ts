// The allow and block lists of a policy (R066), and what a user did to them, done to a policy that may be newer than the
// one he saw. An entry is what it says: that is its name.
import type { PolicyDocument } from './document';

export const listNames = ['allow', 'block'] as const;
export const maxEntries = 65_536; // of each list, as the policy's reader has it
export type ListName = (typeof listNames)[number];

export type ListEdit =
  | { readonly kind: 'add_entries'; readonly list: ListName; readonly entries: readonly string[] }
  | { readonly kind: 'replace_entry'; readonly list: ListName; readonly was: string; readonly entry: string }
  | { readonly kind: 'remove_entries'; readonly list: ListName; readonly entries: readonly string[] };

export type ListProblem = 'entry_is_gone';

export interface AppliedListEdit {
  readonly policy: PolicyDocument;
  readonly problem?: ListProblem;
}

function listsOf(policy: PolicyDocument): Readonly<Record<string, unknown>> {
  const { lists } = policy;
  return typeof lists === 'object' && lists !== null ? (lists as Record<string, unknown>) : {};
}

export function entriesOf(policy: PolicyDocument, list: ListName): string[] {
  const entries = listsOf(policy)[list];
  return Array.isArray(entries) ? entries.map((entry) => String(entry).trim()) : [];
}

function withEntries(policy: PolicyDocument, list: ListName, entries: readonly string[]): PolicyDocument {
  return { ...policy, lists: { ...listsOf(policy), [list]: entries } };
}

export function applyListEdit(policy: PolicyDocument, edit: ListEdit): AppliedListEdit {
  const entries = entriesOf(policy, edit.list);
  const there = new Set(entries);
  if (edit.kind === 'add_entries') {
    const added = edit.entries.filter((entry) => !there.has(entry));
    return { policy: added.length === 0 ? policy : withEntries(policy, edit.list, [...entries, ...added]) };
  }
  if (edit.kind === 'remove_entries') {
    const removed = new Set(edit.entries);
    return { policy: withEntries(policy, edit.list, entries.filter((entry) => !removed.has(entry))) };
  }
  if (!there.has(edit.was)) return { policy, problem: 'entry_is_gone' };
  const replaced = entries.map((entry) => (entry === edit.was ? edit.entry : entry));
  return { policy: withEntries(policy, edit.list, [...new Set(replaced)]) };
}

export interface EntryPlace {
  readonly list: ListName;
  readonly entry: string;
}

/** The entry that a finding of the console is about; undefined: another part of the policy that it was found in. */
export function entryOfPointer(policy: PolicyDocument, pointer: string): EntryPlace | undefined {
  const parts = /^\/lists\/(allow|block)\/(\d+)$/.exec(pointer);
  const list = parts?.[1] as ListName | undefined;
  const entry = list && entriesOf(policy, list)[Number(parts?.[2])];
  return list && entry !== undefined ? { list, entry } : undefined;
}
