import { describe, expect, test } from 'vitest';

import { parseDifference, type DifferenceLine } from '../difference_line';

const cases: [string, DifferenceLine][] = [
  ["rule 'a' added", { form: 'added', subject: 'rule', name: 'a' }],
  ["FQDN object 'it's' removed", { form: 'removed', subject: 'fqdn_object', name: "it's" }],
  ["rule 'a' moved: 3 -> 1", { form: 'moved', name: 'a', before: '3', after: '1' }],
  ["rule 'a' source: any -> address 10.0.0.5 or mac 12:34:56:78:90:ab", { form: 'field', name: 'a', field: 'source', before: 'any', after: 'address 10.0.0.5 or mac 12:34:56:78:90:ab' }],
  ["rule 'b' log: on' log: on -> off", { form: 'field', name: "b' log: on", field: 'log', before: 'on', after: 'off' }],
  ["profile 'p' ips.enabled: true -> false", { form: 'setting', name: 'p', setting: 'ips.enabled', before: 'true', after: 'false' }],
  ["address object '社内LAN' changed: +10.0.0.1 -10.0.0.2", { form: 'values', subject: 'address_object', name: '社内LAN', values: '+10.0.0.1 -10.0.0.2' }],
  ["URL category 'c' changed: +a.test", { form: 'values', subject: 'url_category', name: 'c', values: '+a.test' }],
  ["URL category 'c' title: none -> 'it's ours'", { form: 'category_title', name: 'c', before: 'none', after: "'it's ours'" }],
  ["user 'taro' added", { form: 'added', subject: 'user', name: 'taro' }],
  ["user 'taro' groups changed: +sales", { form: 'user', name: 'taro', field: 'groups', values: '+sales' }],
  ['allow list changed: +example.com', { form: 'list', list: 'allow_list', values: '+example.com' }],
  ['IPS rules changed: +# ours (3 lines)', { form: 'list', list: 'ips_rules', values: '+# ours (3 lines)' }],
  ['time zone: Asia/Tokyo -> UTC', { form: 'time_zone', before: 'Asia/Tokyo', after: 'UTC' }],
  ['packet check midstream: pick_up -> refuse', { form: 'packet_check', name: 'midstream', before: 'pick_up', after: 'refuse' }],
  ["block page contact: none -> 'it's me'", { form: 'block_page', text: 'contact', before: 'none', after: "'it's me'" }],
  ["block page message: 'a -> b' -> none", { form: 'block_page', text: 'message', before: "'a -> b'", after: 'none' }],
  ['something new', { form: 'other', line: 'something new' }],
];

describe('a line of differences', () => {
  test.each(cases)('%s', (line, expected) => expect(parseDifference(line)).toEqual(expected));
});
