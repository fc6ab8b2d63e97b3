import { describe, expect, test } from 'vitest';

import type { NamedObject, PolicyDocument } from '../document';
import { fromUserForm, toUserForm, userNames, validateUser, type UserForm } from '../user_form';

const taro: NamedObject = { name: 'taro', groups: 'sales, board', addresses: ['desk', '2001:db8::7'], phone: 7 };
const policy: PolicyDocument = {
  objects: { addresses: [{ name: 'desk', values: '192.0.2.7' }], macs: [{ name: 'laptop', values: '02:00:00:00:00:01' }] },
  users: [taro, { name: 1001, groups: ['sales'] }],
};
const empty: UserForm = { name: 'n', groups: [], addresses: [], macs: [] };

describe('the form of a user', () => {
  test('gives back what it was given, with what it does not show', () => {
    expect(fromUserForm(toUserForm(taro), taro)).toEqual(taro);
    expect(fromUserForm({ ...toUserForm(taro), groups: ['sales'], addresses: [] }, taro)).toEqual({ name: 'taro', groups: ['sales'], phone: 7 });
    expect(fromUserForm({ ...empty, macs: ['laptop'] }, undefined)).toEqual({ name: 'n', macs: ['laptop'] });
  });

  const mistakes: [string, Partial<UserForm>, string[]][] = [
    ['no name', { name: ' ' }, ['name name_missing']],
    ['a name that is taken', { name: '1001' }, ['name name_taken']],
    ['a name with a comma', { name: 'a,b' }, ['name name_with_comma']],
    ['a place that is none', { addresses: ['desk', 'chair'] }, ['addresses not_an_address']],
    ['everywhere', { addresses: ['any'] }, ['addresses any_is_no_place']],
    ['a device that is none', { macs: ['laptop', '02:00'] }, ['macs not_a_mac']],
    ['too many groups', { groups: Array.from({ length: 65 }, (_, n) => `g${n}`) }, ['groups too_many_groups']],
    ['nothing of a good one', { groups: ['g'], addresses: ['192.0.2.0/30'], macs: ['02:00:00:00:00:02'] }, []],
  ];
  test.each(mistakes)('tells %s', (_, form, found) =>
    expect(validateUser(policy, { ...empty, ...form }, '').map(({ field, code }) => `${field} ${code}`)).toEqual(found));
});

test('rules can name users and groups', () => expect(userNames(policy)).toEqual(['taro', '1001', 'sales', 'board']));
