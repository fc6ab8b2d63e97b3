import { describe, expect, test } from 'vitest';

import { parseWarning, type WarningLine } from '../warning_line';

const cases: [string, WarningLine][] = [
  ["rule 'a' is never reached: rule '【50-1】標準の通信' (line 229) matches everything", { form: 'covered', name: 'a', by: '【50-1】標準の通信' }],
  ["rule 'it's' is never reached: rule 'b' (line 1) matches the same", { form: 'repeated', name: "it's", by: 'b' }],
  ["rule 'a' never applies: its schedule 's' is never on", { form: 'never_on', name: 'a', schedule: 's' }],
  ["service object 'web' is not used by any rule", { form: 'unused', subject: 'service_object', name: 'web' }],
  ["'example.com' is in the allow list already (line 4)", { form: 'listed_twice', value: 'example.com' }],
  ["'example.com' is in the category's list already (line 4)", { form: 'listed_twice', value: 'example.com' }],
  ['something new', { form: 'other', line: 'something new' }],
];

describe('a warning of the console', () => {
  test.each(cases)('%s', (line, expected) => expect(parseWarning(line)).toEqual(expected));
});
