import { describe, expect, test } from 'vitest';

import type { NamedObject, PolicyDocument } from '../document';
import { applyEdit, applyEdits, type Edit } from '../edits';
import {
  commentOut, countRules, decodeRuleFile, fromIpsForm, newProfile, ownRulesOf, ruleNumbersIn, rulesWithProfile, titleOf, toIpsForm, validateProfile,
} from '../ips';

const rule = (sid: number) => `alert tcp any any -> any any (msg:"number ${sid}"; content:"abc"; sid:${sid};)`;
const office: NamedObject = {
  name: 'office',
  ips: { action: 'monitor', excluded_rules: '5, 6', monitored_rules: [7, '6'], exceptions: ['10.0.0.1'] },
  mail: { smtp: false },
};
const policy: PolicyDocument = {
  profiles: [office, { name: 'guests' }],
  rules: [{ name: 'inside', action: 'allow', profile: ' office ' }, { name: 'other', action: 'block' }],
  ips_rules: [rule(1), `# two of them\n${rule(2)}\n${rule(3)}`],
};
const form = toIpsForm(office);

describe('a profile of intrusion prevention', () => {
  test('has the defaults of the policy format where it says nothing', () => {
    expect(toIpsForm({ name: 'guests' })).toEqual({ name: 'guests', enabled: true, action: 'block', minimumSeverity: 'medium', overrides: new Map() });
  });

  test('names each overridden rule once: one that is not used cannot only detect', () => {
    expect([...form.overrides].sort()).toEqual([['5', 'off'], ['6', 'off'], ['7', 'monitor']]);
  });

  test('blocks or resets for single rules', () => {
    const strict = { name: 'strict', ips: { action: 'reset', blocked_rules: ['8'], reset_rules: '9' } };
    expect([...toIpsForm(strict).overrides]).toEqual([['8', 'block'], ['9', 'reset']]);
    expect(fromIpsForm(toIpsForm(strict), strict).ips).toEqual({ enabled: true, action: 'reset', minimum_severity: 'medium', blocked_rules: ['8'], reset_rules: ['9'] });
  });

  test('keeps what the form does not show', () => {
    const changed = fromIpsForm({ ...form, name: ' office 2 ', minimumSeverity: 'high', overrides: new Map([['9', 'monitor']]) }, office);
    expect(changed).toEqual({
      name: 'office 2',
      ips: { enabled: true, action: 'monitor', minimum_severity: 'high', monitored_rules: ['9'], exceptions: ['10.0.0.1'] },
      mail: { smtp: false },
    });
  });

  test('needs a name of its own', () => {
    expect(validateProfile(policy, form, 'office')).toEqual([]);
    expect(validateProfile(policy, { ...form, name: 'guests ' }, 'office')).toEqual(['name_taken']);
    expect(validateProfile(policy, toIpsForm(newProfile), '')).toEqual(['name_missing']);
    expect(validateProfile(policy, { ...form, name: '関'.repeat(129) }, '')).toEqual(['name_too_long']);
    const many = new Map(Array.from({ length: 10_001 }, (_, n) => [String(n + 1), 'off'] as const));
    expect(validateProfile(policy, { ...form, overrides: many }, 'office')).toEqual(['too_many_overrides']);
  });

  test('takes a new name into the rules that apply it', () => {
    const { policy: changed, problem } = applyEdit(policy, { kind: 'replace_profile', was: office, profile: { ...office, name: 'desk' } });
    expect(problem).toBeUndefined();
    expect(changed.rules?.[0]?.profile).toBe('desk');
    expect(changed.rules?.[1]).toBe(policy.rules?.[1]);
    expect(rulesWithProfile(changed, 'desk')).toEqual(['inside']);
  });

  const cases: [string, Edit, string | undefined][] = [
    ['is not deleted while a rule applies it', { kind: 'remove_profile', was: office }, 'profile_is_used'],
    ['is deleted when no rule does', { kind: 'remove_profile', was: { name: 'guests' } }, undefined],
    ['that is deleted already is no problem', { kind: 'remove_profile', was: { name: 'gone' } }, undefined],
    ['cannot be added twice', { kind: 'add_profile', profile: { name: 'guests' } }, 'profile_name_is_taken'],
    ['cannot take the name of another', { kind: 'replace_profile', was: office, profile: { name: 'guests' } }, 'profile_name_is_taken'],
    ['that is gone cannot be changed', { kind: 'replace_profile', was: { name: 'gone' }, profile: { name: 'new' } }, 'profile_is_gone'],
    ['that others changed meanwhile is told', { kind: 'replace_profile', was: { name: 'guests', ips: {} }, profile: { name: 'guests' } }, 'profile_was_changed'],
  ];
  test.each(cases)('%s', (_, edit, problem) => expect(applyEdit(policy, edit).problem).toBe(problem));
});

describe('the own rules of a policy', () => {
  const [first = '', second = ''] = ownRulesOf(policy);

  test('are added, replaced and removed by what they say', () => {
    const edits: Edit[] = [
      { kind: 'add_ips_rules', text: rule(4) },
      { kind: 'replace_ips_rules', was: second, text: rule(2) },
      { kind: 'remove_ips_rules', was: first },
    ];
    expect(applyEdits(policy, edits)).toEqual({ policy: { ...policy, ips_rules: [rule(2), rule(4)] }, findings: [] });
    expect(applyEdit({}, { kind: 'add_ips_rules', text: first }).policy).toEqual({ ips_rules: [first] });
  });

  test('that somebody else changed are not overwritten', () => {
    const { policy: changed, findings } = applyEdits(policy, [
      { kind: 'replace_ips_rules', was: '# ours\n', text: rule(9) },
      { kind: 'add_ips_rules', text: first },
    ]);
    expect(changed).toEqual(policy);
    expect(findings).toEqual([{ name: 'ours', problem: 'ips_rules_are_gone' }, { name: 'number 1', problem: 'ips_rules_are_there' }]);
  });

  test('are named by their first comment or message, and counted', () => {
    expect([first, second, '\n##\n#  ours  \n', 'nonsense'].map(titleOf)).toEqual(['number 1', 'two of them', 'ours', 'nonsense']);
    expect([first, second, '', '# none', `alert tcp any any -> any any ( \\\n  content:"a"; \\\n  sid:1;)\n${rule(2)}`].map(countRules)).toEqual([1, 2, 0, 0, 2]);
  });

  test('are put behind a comment sign with the lines they go on in', () => {
    const text = `${rule(1)}\nalert tcp any any -> any any ( \\\n  wrong; \\\n  sid:2;)\n${rule(3)}`;
    expect(commentOut(text, [2])).toBe(`${rule(1)}\n# alert tcp any any -> any any ( \\\n#   wrong; \\\n#   sid:2;)\n${rule(3)}`);
    expect(commentOut('# kept\nwrong', [1, 2])).toBe('# kept\n# wrong');
  });

  test('come from files of UTF-8 only', () => {
    const bytes = (...values: number[]) => new Uint8Array(values).buffer;
    expect(decodeRuleFile(new TextEncoder().encode('# 規則\r\nx\r\n').buffer)).toBe('# 規則\nx\n');
    expect(decodeRuleFile(bytes(0x82, 0xa0))).toBeUndefined();
    expect(decodeRuleFile(bytes(0x61, 0))).toBeUndefined();
  });
});

test.each([
  ['2024792, 2030001\n7 7', { numbers: ['2024792', '2030001', '7'] }],
  ['', { numbers: [] }],
  ['12 x3', { numbers: [], wrong: 'x3' }],
  ['0', { numbers: [], wrong: '0' }],
  ['4294967295', { numbers: ['4294967295'] }],
  ['4294967296', { numbers: [], wrong: '4294967296' }],
])('rule numbers in %j', (text, expected) => expect(ruleNumbersIn(text)).toEqual(expected));
