import { describe, expect, test } from 'vitest';

import type { PolicyDocument, Rule } from '../document';
import { fromForm, newRule, toForm, type RuleForm } from '../form';
import { validateRule } from '../validate';

const untouched: [string, Rule][] = [
  ['a bare rule', { name: 'a', action: 'allow' }],
  ['written defaults', { name: 'a', enabled: true, from: 'any', source: 'any', destination: 'any', services: 'any', content: 'any', action: 'block', block_with: 'drop', log: true }],
  ['comma-separated texts', { name: 'a', action: 'block', source: { addresses: '10.0.0.1, 10.0.0.2' }, services: 'tcp/80, tcp/443' }],
  ['lists', { name: 'a', action: 'monitor', destination: { fqdns: ['a.example.com'], countries: ['JP'] }, services: ['any'] }],
  ['content that matches nothing', { name: 'a', action: 'block', content: { applications: [] } }],
  ['two kinds of content that match nothing', { name: 'a', action: 'block', content: { applications: null, url_categories: [] } }],
  ['fields that the form does not know', { name: 'a', action: 'allow', future: { deep: true } }],
  ['a number for a name', { name: 7, action: 'allow', schedule: 's', profile: 'p', log: false, enabled: false }],
];

describe('a rule that was opened and closed again', () => {
  test.each(untouched)('is the same as before: %s', (_, rule) => expect(fromForm(toForm(rule), rule)).toEqual(rule));
});

test('a rule that is no longer a block has no way to block', () => {
  const was: Rule = { name: 'a', action: 'block', block_with: 'reset' };
  expect(fromForm({ ...toForm(was), action: 'allow' }, was)).toEqual({ name: 'a', action: 'allow' });
});

test('what the form says is what the rule says', () => {
  const form = toForm(newRule);
  form.name = ' a ';
  form.source = { any: false, values: { ...form.source.values, addresses: ['10.0.0.1'], macs: ['12:34:56:78:90:ab'] } };
  form.services = ['tcp/443'];
  form.log = false;
  expect(fromForm(form, newRule)).toEqual({
    name: 'a', action: 'block', source: { addresses: ['10.0.0.1'], macs: ['12:34:56:78:90:ab'] }, services: ['tcp/443'], log: false,
  });
});

describe('the form of a rule', () => {
  const policy: PolicyDocument = { rules: [{ name: 'a', action: 'allow' }], objects: { addresses: [{ name: '社内LAN', values: '10.0.0.0/8' }], services: [{ name: 'Web', entries: 'tcp/80' }] } };
  const form = (change: (form: RuleForm) => void): RuleForm => {
    const filled = { ...toForm(newRule), name: 'n' };
    change(filled);
    return filled;
  };
  const source = (values: Partial<RuleForm['source']['values']>) => form((f) => { f.source = { any: false, values: { ...f.source.values, ...values } }; });
  const cases: [string, RuleForm, string[]][] = [
    ['takes literals and names of objects', source({ addresses: ['社内LAN', '10.0.0.1'] }), []],
    ['takes users whatever they are called', source({ users: ['営業部'] }), []],
    ['wants a name', form((f) => { f.name = '  '; }), ['name:name_missing']],
    ['wants a name of its own', form((f) => { f.name = 'a'; }), ['name:name_taken']],
    ['wants a name that is not too long', form((f) => { f.name = 'あ'.repeat(129); }), ['name:name_too_long']],
    ['wants something selected', source({}), ['source:nothing_selected']],
    ['names the address that is wrong', source({ addresses: ['10.0.0.1', '10.0.0.300'] }), ['source/addresses:not_an_address']],
    ['names the host that is wrong', source({ fqdns: ['host'] }), ['source/fqdns:not_a_host_name']],
    ['names the MAC that is wrong', source({ macs: ['x'] }), ['source/macs:not_a_mac']],
    ['names the country that is wrong', source({ countries: ['japan'] }), ['source/countries:not_a_country']],
    ['wants any alone', form((f) => { f.services = ['any', 'tcp/80']; }), ['services:any_with_others']],
    ['names the service that is wrong', form((f) => { f.services = ['Web', 'http']; }), ['services:not_a_service']],
  ];
  test.each(cases)('%s', (_, filled, expected) => {
    expect(validateRule(policy, filled, '').map(({ field, code }) => `${field}:${code}`)).toEqual(expected);
  });
  test('lets a rule keep its name', () => expect(validateRule(policy, { ...toForm(newRule), name: 'a' }, 'a')).toEqual([]));
});
