import { describe, expect, test } from 'vitest';

import { compare, type Difference } from '../compare';
import type { PolicyDocument, Rule } from '../document';
import { sortMistakes } from '../mistakes';

const rule = (name: string, more: Partial<Rule> = {}): Rule => ({ name, action: 'allow', ...more });
const policyOf = (order: string): PolicyDocument => ({ rules: [...order].map((name) => rule(name)) });

describe('comparing two policies', () => {
  const cases: [string, PolicyDocument, PolicyDocument, Difference[]][] = [
    ['the same', policyOf('abc'), policyOf('abc'), []],
    ['added', policyOf('ab'), policyOf('anb'), [{ kind: 'added', rule: 'n' }]],
    ['removed', policyOf('abc'), policyOf('ac'), [{ kind: 'removed', rule: 'b' }]],
    ['one moved down', policyOf('abcd'), policyOf('bcda'), [{ kind: 'moved', rule: 'a' }]],
    ['one moved up', policyOf('abcd'), policyOf('dabc'), [{ kind: 'moved', rule: 'd' }]],
    ['moved among added and removed ones', policyOf('xabc'), policyOf('cyab'), [{ kind: 'removed', rule: 'x' }, { kind: 'moved', rule: 'c' }, { kind: 'added', rule: 'y' }]],
    ['changed', { rules: [rule('a')] }, { rules: [rule('a', { action: 'block', log: false })] }, [{ kind: 'changed', rule: 'a', fields: ['action', 'log'] }]],
    ['another section', { lists: { allow: [] } }, { lists: { allow: ['x'] } }, [{ kind: 'section', section: 'lists' }]],
  ];
  test.each(cases)('tells: %s', (_, from, to, expected) => expect(compare(from, to)).toEqual(expected));

  test('tells as few moves as there can be, whatever the order', () => {
    // Against the slow way: the largest subset of rules that keeps its order, of all subsets.
    const longestKept = (order: string) => {
      let best = 0;
      for (let subset = 0; subset < 1 << order.length; ++subset) {
        const kept = [...order].filter((_, index) => (subset >> index) & 1).join('');
        if (kept === [...kept].sort().join('')) best = Math.max(best, kept.length);
      }
      return best;
    };
    let seed = 7;
    const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648);
    for (let round = 0; round < 200; ++round) {
      const order = [...'abcdefg'].map((name) => [random(), name] as const).sort(([x], [y]) => x - y).map(([, name]) => name).join('');
      expect(compare(policyOf('abcdefg'), policyOf(order)).length).toBe(order.length - longestKept(order));
    }
  });
});

test('mistakes go to the rules that they belong to', () => {
  const name = { pointer: '/rules/1/source/addresses/0', message: 'm' };
  const other = { pointer: '/lists/block/3', message: 'o' };
  const beyond = { pointer: '/rules/9', message: 'b' };
  const sorted = sortMistakes([name, other, beyond], [rule('a'), rule('b')]);
  expect(sorted.byRule).toEqual(new Map([['b', [name]]]));
  expect(sorted.others).toEqual([other, beyond]);
});
