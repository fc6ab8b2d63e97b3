import { describe, expect, test } from 'vitest';

import { nameOf, rulesOf, type PolicyDocument, type Rule } from '../document';
import { applyEdit, applyEdits, duplicate, moveTo, type Edit } from '../edits';
import { sameValue } from '../same_value';

const rule = (name: string, more: Partial<Rule> = {}): Rule => ({ name, action: 'allow', ...more });
const policyOf = (...names: string[]): PolicyDocument => ({ version: 1, rules: names.map((name) => rule(name)), lists: { block: ['x'] } });
const names = (policy: PolicyDocument) => rulesOf(policy).map(nameOf).join('');

describe('moving a rule', () => {
  const all = ['a', 'b', 'c', 'd', 'e'];
  const cases = all.flatMap((_, from) => all.map((__, to) => [from, to] as const));
  test.each(cases)('from place %i to place %i is the same as taking it out and putting it in', (from, to) => {
    const expected = [...all];
    expected.splice(to, 0, ...expected.splice(from, 1));
    const edit = moveTo(policyOf(...all), from, to);
    const result = edit ? applyEdit(policyOf(...all), edit).policy : policyOf(...all);
    expect(names(result)).toBe(expected.join(''));
  });

  test('to where it is changes nothing', () => expect(moveTo(policyOf('a', 'b'), 1, 1)).toBeUndefined());
  test('beyond the end stops at the end', () => {
    const edit = moveTo(policyOf('a', 'b', 'c'), 0, 9);
    expect(names(applyEdit(policyOf('a', 'b', 'c'), edit as Edit).policy)).toBe('bca');
  });
});

describe('edits', () => {
  test('leave everything but the rules as it was', () => {
    const { policy } = applyEdit(policyOf('a'), { kind: 'switch', name: 'a', enabled: false });
    expect(policy.lists).toEqual({ block: ['x'] });
    expect(policy.rules).toEqual([rule('a', { enabled: false })]);
  });

  test('put a new rule above the one that they name, or at the end when it is gone', () => {
    expect(names(applyEdit(policyOf('a', 'b'), { kind: 'add', rule: rule('n'), before: 'b' }).policy)).toBe('anb');
    expect(names(applyEdit(policyOf('a', 'b'), { kind: 'add', rule: rule('n'), before: 'gone' }).policy)).toBe('abn');
  });

  test('done again over a newer revision bring both works together', () => {
    const mine: Edit[] = [
      { kind: 'add', rule: rule('m'), before: 'a' },
      { kind: 'switch', name: 'b', enabled: false },
      { kind: 'move', name: 'c', before: 'a' },
    ];
    const theirs: PolicyDocument = { ...policyOf('t', 'a', 'b', 'c'), time_zone: 'UTC' };
    const { policy, findings } = applyEdits(theirs, mine);
    expect(names(policy)).toBe('tmcab');
    expect(policy.time_zone).toBe('UTC');
    expect(findings).toEqual([]);
  });

  const oddities: [string, PolicyDocument, Edit, string][] = [
    ['a switched rule is gone', policyOf('a'), { kind: 'switch', name: 'b', enabled: false }, 'rule_is_gone'],
    ['a replaced rule is gone', policyOf('a'), { kind: 'replace', was: rule('b'), rule: rule('b') }, 'rule_is_gone'],
    ['a replaced rule was changed', { rules: [rule('a', { log: false })] }, { kind: 'replace', was: rule('a'), rule: rule('a', { action: 'block' }) }, 'rule_was_changed'],
    ['a removed rule was changed', { rules: [rule('a', { log: false })] }, { kind: 'remove', was: rule('a') }, 'rule_was_changed'],
    ['a new name is taken', policyOf('a'), { kind: 'add', rule: rule('a'), before: undefined }, 'name_is_taken'],
    ['another name is taken', policyOf('a', 'b'), { kind: 'replace', was: rule('a'), rule: rule('b') }, 'name_is_taken'],
    ['the rule to move above is gone', policyOf('a'), { kind: 'move', name: 'a', before: 'b' }, 'rule_is_gone'],
  ];
  test.each(oddities)('tell when %s', (_, policy, edit, problem) => {
    expect(applyEdits(policy, [edit]).findings.map((finding) => finding.problem)).toEqual([problem]);
  });

  test('that remove a rule that is gone are done', () => {
    expect(applyEdits(policyOf('a'), [{ kind: 'remove', was: rule('b') }])).toEqual({ policy: policyOf('a'), findings: [] });
  });
});

test('a copy gets a free name, stands below its original and is switched off', () => {
  const policy: PolicyDocument = { rules: [rule('a', { profile: 'p' }), rule('a copy 1'), rule('b')] };
  const edit = duplicate(policy, 0, (n) => `a copy ${n}`);
  const result = applyEdit(policy, edit as Edit).policy;
  expect(rulesOf(result).map(nameOf)).toEqual(['a', 'a copy 2', 'a copy 1', 'b']);
  expect(rulesOf(result)[1]).toEqual(rule('a copy 2', { profile: 'p', enabled: false }));
});

test('values are the same whatever the order of their fields', () => {
  expect(sameValue({ a: 1, b: { c: [1, 2], d: 2 } }, { b: { d: 2, c: [1, 2] }, a: 1 })).toBe(true);
  expect(sameValue({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
});
