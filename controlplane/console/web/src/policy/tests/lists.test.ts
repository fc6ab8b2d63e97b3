import { describe, expect, test } from 'vitest';

import type { PolicyDocument } from '../document';
import { applyEdits } from '../edits';
import { applyListEdit, entriesOf, entryOfPointer } from '../lists';

const policy: PolicyDocument = { rules: [], lists: { allow: ['a.example.com', 'b.example.com'] } };

describe('entries', () => {
  test('are added at the end, and not twice', () => {
    const { policy: changed } = applyListEdit(policy, { kind: 'add_entries', list: 'allow', entries: ['c.example.com', 'a.example.com'] });
    expect(entriesOf(changed, 'allow')).toEqual(['a.example.com', 'b.example.com', 'c.example.com']);
    expect(applyListEdit(policy, { kind: 'add_entries', list: 'allow', entries: ['a.example.com'] }).policy).toBe(policy);
  });
  test('of a list that is not there yet make it, and leave the other as it is', () => {
    const { policy: changed } = applyListEdit(policy, { kind: 'add_entries', list: 'block', entries: ['x.example.com'] });
    expect(changed.lists).toEqual({ allow: ['a.example.com', 'b.example.com'], block: ['x.example.com'] });
  });
  test('are replaced where they stand', () => {
    const { policy: changed } = applyListEdit(policy, { kind: 'replace_entry', list: 'allow', was: 'a.example.com', entry: '*.example.com' });
    expect(entriesOf(changed, 'allow')).toEqual(['*.example.com', 'b.example.com']);
  });
  test('become one when one is replaced by another that is there', () => {
    const { policy: changed } = applyListEdit(policy, { kind: 'replace_entry', list: 'allow', was: 'b.example.com', entry: 'a.example.com' });
    expect(entriesOf(changed, 'allow')).toEqual(['a.example.com']);
  });
  test('are removed', () => expect(entriesOf(applyListEdit(policy, { kind: 'remove_entries', list: 'allow', entries: ['a.example.com'] }).policy, 'allow')).toEqual(['b.example.com']));
  test('that somebody else removed are not replaced, and that is told', () => {
    const { policy: merged, findings } = applyEdits(policy, [{ kind: 'replace_entry', list: 'block', was: 'x.example.com', entry: 'y.example.com' }]);
    expect([merged, findings]).toEqual([policy, [{ name: 'x.example.com', problem: 'entry_is_gone' }]]);
  });
});

test('a finding of the console belongs to the entry that its pointer names', () => {
  expect(entryOfPointer(policy, '/lists/allow/1')).toEqual({ list: 'allow', entry: 'b.example.com' });
  expect(entryOfPointer(policy, '/lists/allow/2')).toBeUndefined();
  expect(entryOfPointer(policy, '/rules/0')).toBeUndefined();
});
