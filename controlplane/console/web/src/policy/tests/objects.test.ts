import { describe, expect, test } from 'vitest';

import { compare } from '../compare';
import type { NamedObject, PolicyDocument } from '../document';
import { applyEdit, applyEdits, type Edit } from '../edits';
import { fromObjectForm, toObjectForm, validateObject, valuesIn } from '../object_form';
import { rulesWith } from '../objects';
import { referrersTo } from '../references';

const lan: NamedObject = { name: 'LAN', values: '10.0.0.0/8, 192.168.0.0/16' };
const web: NamedObject = { name: 'web', entries: ['tcp/80', 'tcp/443'] };
const policy: PolicyDocument = {
  objects: { addresses: [lan, { name: 'free', values: ['10.0.0.1'] }], services: [web] },
  rules: [
    { name: 'from', action: 'allow', source: { addresses: 'LAN, 10.9.9.9' } },
    { name: 'to', action: 'allow', destination: { addresses: ['LAN'] }, services: ['web'] },
    { name: 'host called LAN', action: 'allow', source: { fqdns: ['LAN'] }, services: 'any' },
    { name: 'all', action: 'allow', source: 'any' },
  ],
};

describe('objects of a policy', () => {
  test('are used where a rule names one of their kind', () => {
    expect(rulesWith(policy, 'addresses', 'LAN')).toEqual(['from', 'to']);
    expect(rulesWith(policy, 'fqdns', 'LAN')).toEqual(['host called LAN']);
    expect(rulesWith(policy, 'services', 'web')).toEqual(['to']);
    expect(rulesWith(policy, 'addresses', 'free')).toEqual([]);
  });

  test('take their new name into the rules, and nothing else changes', () => {
    const { policy: changed, problem } = applyEdit(policy, { kind: 'replace_object', section: 'addresses', was: lan, object: { ...lan, name: 'office' } });
    expect(problem).toBeUndefined();
    expect(changed.rules).toEqual([
      { name: 'from', action: 'allow', source: { addresses: ['office', '10.9.9.9'] } },
      { name: 'to', action: 'allow', destination: { addresses: ['office'] }, services: ['web'] },
      policy.rules?.[2],
      policy.rules?.[3],
    ]);
    const services = applyEdit(policy, { kind: 'replace_object', section: 'services', was: web, object: { ...web, name: 'pages' } }).policy;
    expect(services.rules?.[1]?.services).toEqual(['pages']);
    expect(services.rules?.[2]).toBe(policy.rules?.[2]);
  });

  test('keep everything they had besides', () => {
    expect(applyEdit({}, { kind: 'add_object', section: 'macs', object: { name: 'm' } }).policy).toEqual({ objects: { macs: [{ name: 'm' }] } });
    expect(applyEdit({ objects: null }, { kind: 'add_object', section: 'macs', object: { name: 'm' } }).policy).toEqual({ objects: { macs: [{ name: 'm' }] } });
  });

  const oddities: [string, Edit, string | undefined][] = [
    ['an object that rules use is removed', { kind: 'remove_object', section: 'addresses', was: lan }, 'object_is_used'],
    ['an unused one is removed', { kind: 'remove_object', section: 'addresses', was: { name: 'free', values: ['10.0.0.1'] } }, undefined],
    ['one that was changed is removed', { kind: 'remove_object', section: 'addresses', was: { name: 'free', values: ['10.0.0.2'] } }, 'object_was_changed'],
    ['one that is gone is removed', { kind: 'remove_object', section: 'macs', was: { name: 'x' } }, undefined],
    ['one that is gone is replaced', { kind: 'replace_object', section: 'macs', was: { name: 'x' }, object: { name: 'x' } }, 'object_is_gone'],
    ['one that was changed is replaced', { kind: 'replace_object', section: 'services', was: { ...web, entries: [] }, object: web }, 'object_was_changed'],
    ['a new name is taken', { kind: 'add_object', section: 'addresses', object: { name: 'free' } }, 'object_name_is_taken'],
    ['another name is taken', { kind: 'replace_object', section: 'addresses', was: lan, object: { ...lan, name: 'free' } }, 'object_name_is_taken'],
  ];
  test.each(oddities)('tell when %s', (_, edit, problem) => expect(applyEdits(policy, [edit]).findings.map((finding) => finding.problem)).toEqual(problem ? [problem] : []));

  test('are told one by one in a comparison', () => {
    const edits: Edit[] = [
      { kind: 'add_object', section: 'fqdns', object: { name: 'new', values: ['a.example'] } },
      { kind: 'remove_object', section: 'addresses', was: { name: 'free', values: ['10.0.0.1'] } },
      { kind: 'replace_object', section: 'services', was: web, object: { name: 'web', entries: ['tcp/443'] } },
    ];
    expect(compare(policy, applyEdits(policy, edits).policy)).toEqual([
      { kind: 'object_removed', section: 'addresses', name: 'free' },
      { kind: 'object_added', section: 'fqdns', name: 'new' },
      { kind: 'object_changed', section: 'services', name: 'web', values: ['tcp/443'] },
    ]);
    expect(compare(policy, { ...policy, objects: { ...policy.objects, schedules: [{ name: 's' }] } })).toEqual([{ kind: 'section', section: 'objects/schedules' }]);
  });
});

describe('own URL categories and users', () => {
  const shops: NamedObject = { name: 'shops', title: 'Shops', entries: ['*.example.com', 'example.net/a,b'] };
  const taro: NamedObject = { name: 'taro', groups: 'sales, board', addresses: ['LAN'] };
  const both: PolicyDocument = {
    objects: { url_categories: [shops] },
    users: [taro],
    rules: [
      { name: 'by category', action: 'block', content: { url_categories: ['gambling', 'shops'], applications: [] } },
      { name: 'by user', action: 'block', source: { users: 'taro, sales' } },
      { name: 'all', action: 'allow', content: 'any' },
    ],
  };

  test('are used where rules name them', () => {
    expect(rulesWith(both, 'url_categories', 'shops')).toEqual(['by category']);
    expect(rulesWith(both, 'users', 'taro')).toEqual(['by user']);
    expect(rulesWith(both, 'url_categories', 'taro')).toEqual([]);
  });

  test('take their new name into the rules', () => {
    const { policy: changed } = applyEdits(both, [
      { kind: 'replace_object', section: 'url_categories', was: shops, object: { ...shops, name: 'ours' } },
      { kind: 'replace_object', section: 'users', was: taro, object: { ...taro, name: 'jiro' } },
    ]);
    expect(changed.rules?.[0]?.content).toEqual({ url_categories: ['gambling', 'ours'], applications: [] });
    expect(changed.rules?.[1]?.source).toEqual({ users: ['jiro', 'sales'] });
    expect(changed.rules?.[2]).toBe(both.rules?.[2]);
    expect(changed.users).toEqual([{ ...taro, name: 'jiro' }]);
  });

  test('stay while rules name them', () => {
    const { findings } = applyEdits(both, [
      { kind: 'remove_object', section: 'url_categories', was: shops },
      { kind: 'remove_object', section: 'users', was: taro },
    ]);
    expect(findings).toEqual([{ name: 'shops', problem: 'object_is_used' }, { name: 'taro', problem: 'object_is_used' }]);
  });

  test('are told one by one in a comparison', () => {
    const changed = { ...both, users: [], objects: { url_categories: [{ ...shops, entries: ['a.test'] }] } };
    expect(compare(both, changed)).toEqual([
      { kind: 'object_changed', section: 'url_categories', name: 'shops', values: ['a.test'] },
      { kind: 'object_removed', section: 'users', name: 'taro' },
    ]);
  });

  test('the form of a category takes the lines of a list of sites, and keeps commas of paths', () => {
    const form = toObjectForm('url_categories', shops);
    expect(form).toEqual({ name: 'shops', title: 'Shops', text: '*.example.com\nexample.net/a,b' });
    expect(fromObjectForm('url_categories', form, shops)).toEqual(shops);
    const changed = { name: 'shops', title: ' ', text: '# ours\nWWW.Example.com/A\n\nwww.example.com/A # again' };
    expect(fromObjectForm('url_categories', changed, shops)).toEqual({ name: 'shops', entries: ['www.example.com/A'] });
    expect(fromObjectForm('url_categories', { ...changed, title: '店' }, undefined)).toEqual({ name: 'shops', title: '店', entries: ['www.example.com/A'] });
  });

  const mistakes: [string, string, string, string, object[]][] = [
    ['a name that is taken', 'shops', '', 'a.test', [{ field: 'name', code: 'name_taken' }]],
    ['a name of a built-in one', 'gambling', '', 'a.test', [{ field: 'name', code: 'name_is_built_in' }]],
    ['a name of a group', 'group:x', '', 'a.test', [{ field: 'name', code: 'name_of_a_group' }]],
    ['a title too long', 'n', 'x'.repeat(81), 'a.test', [{ field: 'title', code: 'title_too_long' }]],
    ['no entry', 'n', '', '# none', [{ field: 'values', code: 'no_values' }]],
    ['the line of a wrong entry', 'n', '', 'a.test\n\nhttp://b.test/', [{ field: 'values', code: 'not_an_entry', value: 'http://b.test/', line: 3, entry: 'scheme' }]],
    ['nothing of a category that is called as a host', 'a.test', '', '192.0.2.0/24', []],
  ];
  test.each(mistakes)('the form of a category tells %s', (_, name, title, text, found) =>
    expect(validateObject(both, 'url_categories', { name, title, text }, '', (other) => other === 'gambling')).toEqual(found));
});

describe('objects that more than rules name', () => {
  const office: NamedObject = { name: 'office', values: ['10.0.0.0/8'] };
  const laptop: NamedObject = { name: 'laptop', values: ['02:00:00:12:34:56'] };
  const erp: NamedObject = { name: 'erp ports', entries: ['tcp/8443'] };
  const all: PolicyDocument = {
    objects: {
      addresses: [office, { name: 'free', values: ['10.0.0.1'] }], macs: [laptop], services: [erp],
      applications: [
        { name: 'erp', servers: [{ addresses: ['office', '192.0.2.1'], services: 'erp ports' }, { services: ['tcp/1'] }] },
        { name: 'mail', hosts: ['office'] },
      ],
    },
    users: [
      { name: 'taro', groups: ['office'], addresses: 'office, 10.1.1.1', macs: ['laptop'] },
      { name: 'office', addresses: ['10.9.9.9'] },
    ],
    profiles: [
      { name: 'strict', ips: { excluded_traffic: ['all from office to 10.0.0.1', '2019401 to office', 'all from offices'], action: 'block' } },
      { name: 'loose', ips: { monitored_traffic: ['all from free to office'] } },
      { name: 'none', dns: {} },
    ],
    rules: [{ name: 'r', action: 'allow', source: { addresses: ['office'] } }],
  };

  test('are used there', () => {
    expect(referrersTo(all, 'addresses', 'office')).toEqual(['r', 'taro', 'erp', 'strict', 'loose']);
    expect(referrersTo(all, 'macs', 'laptop')).toEqual(['taro']);
    expect(referrersTo(all, 'services', 'erp ports')).toEqual(['erp']);
    expect(referrersTo(all, 'addresses', 'free')).toEqual(['loose']);
    expect(referrersTo(all, 'fqdns', 'office')).toEqual([]);
  });

  test('take their new name there, and nothing else changes', () => {
    const { policy: changed, problem } = applyEdit(all, { kind: 'replace_object', section: 'addresses', was: office, object: { ...office, name: 'hq' } });
    expect(problem).toBeUndefined();
    expect(changed.users).toEqual([{ name: 'taro', groups: ['office'], addresses: ['hq', '10.1.1.1'], macs: ['laptop'] }, all.users?.[1]]);
    expect(changed.objects?.applications).toEqual([
      { name: 'erp', servers: [{ addresses: ['hq', '192.0.2.1'], services: 'erp ports' }, { services: ['tcp/1'] }] },
      { name: 'mail', hosts: ['office'] },
    ]);
    expect(changed.profiles).toEqual([
      { name: 'strict', ips: { excluded_traffic: ['all from hq to 10.0.0.1', '2019401 to hq', 'all from offices'], action: 'block' } },
      { name: 'loose', ips: { monitored_traffic: ['all from free to hq'] } },
      { name: 'none', dns: {} },
    ]);
    expect(changed.users?.[1]).toBe(all.users?.[1]);
    expect(changed.profiles?.[2]).toBe(all.profiles?.[2]);
    expect(changed.rules?.[0]?.source).toEqual({ addresses: ['hq'] });

    const macs = applyEdit(all, { kind: 'replace_object', section: 'macs', was: laptop, object: { ...laptop, name: 'pc' } }).policy;
    expect(macs.users?.[0]?.macs).toEqual(['pc']);
    expect(macs.profiles).toBe(all.profiles);
    const services = applyEdit(all, { kind: 'replace_object', section: 'services', was: erp, object: { ...erp, name: 'web' } }).policy;
    expect((services.objects?.applications?.[0]?.servers as unknown[])[0]).toEqual({ addresses: ['office', '192.0.2.1'], services: 'web' });
  });

  test('stay while something names them', () => {
    const edits: Edit[] = [
      { kind: 'remove_object', section: 'macs', was: laptop },
      { kind: 'remove_object', section: 'services', was: erp },
      { kind: 'remove_object', section: 'addresses', was: { name: 'free', values: ['10.0.0.1'] } },
    ];
    expect(applyEdits(all, edits).findings.map((finding) => finding.problem)).toEqual(['object_is_used', 'object_is_used', 'object_is_used']);
  });
});

describe('the form of an object', () => {
  test('takes lines and commas', () => expect(valuesIn(' a,b \n\n c ,')).toEqual(['a', 'b', 'c']));

  test.each([['addresses', lan], ['services', web]] as const)('gives back what it was given: %s', (section, object) =>
    expect(fromObjectForm(section, toObjectForm(section, object), object)).toEqual(object));

  const mistakes: [string, 'addresses' | 'fqdns' | 'services', string, string, string[]][] = [
    ['nothing', 'addresses', '', '', ['name_missing', 'no_values']],
    ['a name that is taken', 'addresses', 'LAN', '10.0.0.1', ['name_taken']],
    ['a name that is an address', 'addresses', '10.0.0.1', '10.0.0.1', ['name_is_a_value']],
    ['a name that stands for everything', 'fqdns', 'any', 'a.example', ['name_is_a_value']],
    ['a name with a comma', 'services', 'a, b', 'tcp/1', ['name_with_comma']],
    ['a value that is none', 'addresses', 'n', '10.0.0.1\n10.0.0.300', ['not_an_address']],
    ['an FQDN object called by its host', 'fqdns', 'www.example.com', 'www.example.com', []],
    ['all fine', 'services', 'n', 'tcp/80, udp/53', []],
  ];
  test.each(mistakes)('tells: %s', (_, section, name, text, codes) =>
    expect(validateObject(policy, section, { name, text }, '').map((mistake) => mistake.code)).toEqual(codes));
});
