import { describe, expect, test } from 'vitest';

import { fromApplicationForm, toApplicationForm, validateApplication, type ApplicationForm } from '../application_form';
import { makeCatalogue, ownApplicationGroup, withOwnApplications } from '../catalogue';
import { toggleGroup, selectionOf } from '../content_selection';
import { parseDifference } from '../difference_line';
import type { NamedObject, PolicyDocument } from '../document';
import { renameInRules, rulesWith, valuesOf } from '../objects';

const erp: NamedObject = {
  name: 'erp', title: '基幹', category: 'mail', risk: 2, hosts: 'erp.example.com, *.erp.example.com',
  servers: [{ addresses: '10.1.2.3', services: ['tcp/8443', 'sap'] }, { services: 'udp/5000-5100', note: 1 }], owner: 7,
};
const policy: PolicyDocument = {
  objects: { addresses: [{ name: 'rack', values: '10.0.0.1' }], services: [{ name: 'sap', entries: 'tcp/3200' }], applications: [erp] },
  rules: [{ name: 'r', action: 'block', content: { applications: ['erp', 'dns'] } }],
};
const empty: ApplicationForm = { name: 'n', title: '', category: 'custom', risk: 1, hosts: 'a.test', servers: [] };

describe('the form of an own application', () => {
  test('gives back what it was given, with what it does not show', () => {
    expect(fromApplicationForm(toApplicationForm(erp), erp)).toEqual(erp);
    expect(fromApplicationForm({ ...toApplicationForm(erp), category: 'custom', risk: 1, hosts: '', title: ' ' }, erp)).toEqual({ name: 'erp', servers: erp.servers, owner: 7 });
    expect(fromApplicationForm({ ...empty, servers: [{ addresses: ['rack'], services: [] }] }, undefined)).toEqual({ name: 'n', hosts: ['a.test'], servers: [{ addresses: ['rack'] }] });
  });

  const mistakes: [string, Partial<ApplicationForm>, string[]][] = [
    ['no name', { name: ' ' }, ['name name_missing']],
    ['a name that is taken', { name: 'erp' }, ['name name_taken']],
    ['a name of the catalogue', { name: 'youtube' }, ['name name_of_the_catalogue']],
    ['a slash in the name', { name: 'a/b' }, ['name name_with_slash']],
    ['a name like a category', { name: 'category:x' }, ['name name_of_a_category']],
    ['nothing that tells it', { hosts: ' ' }, ['hosts nothing_tells']],
    ['a host that is none', { hosts: 'a.test\nhttp://b' }, ['hosts not_a_host_name']],
    ['an empty server', { servers: [{ addresses: [], services: [] }] }, ['servers server_is_empty']],
    ['an address that is none', { servers: [{ addresses: ['rack', 'x'], services: [] }] }, ['servers not_an_address']],
    ['a service of another protocol', { servers: [{ addresses: [], services: ['sap', 'icmp/8'] }] }, ['servers not_tcp_or_udp']],
    ['a long title', { title: 'x'.repeat(81) }, ['title title_too_long']],
    ['nothing of a good one', { hosts: '', servers: [{ addresses: ['rack', '10.0.0.0/8'], services: ['sap', 'udp/1-2'] }] }, []],
  ];
  test.each(mistakes)('tells %s', (_, form, found) =>
    expect(validateApplication(policy, { ...empty, ...form }, '', (name) => name === 'youtube').map(({ field, code }) => `${field} ${code}`)).toEqual(found));
});

test('rules go with the name of an own application', () => {
  expect(rulesWith(policy, 'applications', 'erp')).toEqual(['r']);
  expect(renameInRules(policy, 'applications', 'erp', 'sap').rules?.[0]?.content).toEqual({ applications: ['sap', 'dns'] });
  expect(valuesOf('applications', erp)).toEqual(['erp.example.com', '*.erp.example.com', '10.1.2.3 tcp/8443 sap', 'udp/5000-5100']);
});

test('what is chosen has own applications in their group, and in the categories that they name', () => {
  const titled = (name: string) => ({ name, title: name, title_ja: name });
  const catalogue = makeCatalogue('applications', [titled('mail')], [{ id: 1, group: 'mail', ...titled('smtp') }], 'category:');
  expect(withOwnApplications(catalogue, [])).toBe(catalogue);
  const own = withOwnApplications(catalogue, [erp, { name: 'print', servers: [] }]);
  expect(own.groups.map(({ name }) => name)).toEqual(['custom', 'mail']);
  expect(own.itemsOf.get('mail')?.map(({ name, id }) => `${name} ${id}`)).toEqual(['erp 60000', 'smtp 1']);
  expect(own.itemsOf.get(ownApplicationGroup.name)?.map(({ name }) => name)).toEqual(['print']);
  expect(own.item.get('erp')?.title_ja).toBe('基幹');
  expect(toggleGroup(own, selectionOf(own, []), 'custom')).toEqual(['category:custom']);
});

test('differences of own applications are taken apart', () => {
  expect(parseDifference("application 'erp' added")).toEqual({ form: 'added', subject: 'application', name: 'erp' });
  expect(parseDifference("application 'erp' risk: 1 -> 3")).toEqual({ form: 'application', name: 'erp', field: 'risk', before: '1', after: '3' });
  expect(parseDifference("application 'erp' servers changed: +tcp/1 -udp/1")).toEqual({ form: 'application_values', name: 'erp', field: 'servers', values: '+tcp/1 -udp/1' });
});
