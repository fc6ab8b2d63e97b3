// The console tells differences in English, one line each, in few forms. Those are taken apart here, so that the page can
// tell them in the reader's language; a line of another form is shown as it is.

import { blockPageTexts, type BlockPageText } from './block_page';
import { userFields } from './objects';
import type { UserField } from './user_form';

const namedSubjects = {
  rule: 'rule',
  'address object': 'address_object',
  'FQDN object': 'fqdn_object',
  'MAC object': 'mac_object',
  'service object': 'service_object',
  schedule: 'schedule',
  'URL category': 'url_category',
  application: 'application',
  user: 'user',
  profile: 'profile',
} as const;
const lists = { 'allow list': 'allow_list', 'block list': 'block_list', 'IPS rules': 'ips_rules' } as const;
const ruleFields = ['switched', 'from', 'source', 'destination', 'services', 'content', 'schedule', 'action', 'log', 'profile'] as const;

export type Subject = (typeof namedSubjects)[keyof typeof namedSubjects];
export type ListName = (typeof lists)[keyof typeof lists];
export type RuleField = (typeof ruleFields)[number];

export type ApplicationField = 'title' | 'category' | 'risk';

export type DifferenceLine =
  | { readonly form: 'added' | 'removed'; readonly subject: Subject; readonly name: string }
  | { readonly form: 'moved'; readonly name: string; readonly before: string; readonly after: string }
  | { readonly form: 'field'; readonly name: string; readonly field: RuleField; readonly before: string; readonly after: string }
  | { readonly form: 'setting'; readonly name: string; readonly setting: string; readonly before: string; readonly after: string }
  | { readonly form: 'values'; readonly subject: Subject; readonly name: string; readonly values: string }
  | { readonly form: 'category_title'; readonly name: string; readonly before: string; readonly after: string }
  | { readonly form: 'application'; readonly name: string; readonly field: ApplicationField; readonly before: string; readonly after: string }
  | { readonly form: 'application_values'; readonly name: string; readonly field: 'hosts' | 'servers'; readonly values: string }
  | { readonly form: 'user'; readonly name: string; readonly field: UserField; readonly values: string }
  | { readonly form: 'list'; readonly list: ListName; readonly values: string }
  | { readonly form: 'time_zone'; readonly before: string; readonly after: string }
  | { readonly form: 'packet_check'; readonly name: string; readonly before: string; readonly after: string }
  | { readonly form: 'block_page'; readonly text: BlockPageText; readonly before: string; readonly after: string }
  | { readonly form: 'other'; readonly line: string };

export const subjectWords = Object.keys(namedSubjects).join('|');
export const subjectOf = (word: string | undefined): Subject => namedSubjects[word as keyof typeof namedSubjects];

type Parser = readonly [RegExp, (parts: readonly string[]) => DifferenceLine];

const parsers: readonly Parser[] = [
  [/^rule '(.*)' moved: (\d+) -> (\d+)$/s, ([, name = '', before = '', after = '']) => ({ form: 'moved', name, before, after })],
  [
    new RegExp(`^rule '(.*)' (${ruleFields.join('|')}): (.*?) -> (.*)$`, 's'),
    ([, name = '', field, before = '', after = '']) => ({ form: 'field', name, field: field as RuleField, before, after }),
  ],
  [/^profile '(.*)' (\w+\.\w+): (.*?) -> (.*)$/s, ([, name = '', setting = '', before = '', after = '']) => ({ form: 'setting', name, setting, before, after })],
  [new RegExp(`^(${subjectWords}) '(.*)' (added|removed)$`, 's'), ([, word, name = '', form]) => ({ form: form as 'added' | 'removed', subject: subjectOf(word), name })],
  [new RegExp(`^(${subjectWords}) '(.*)' changed: (.*)$`, 's'), ([, word, name = '', values = '']) => ({ form: 'values', subject: subjectOf(word), name, values })],
  [/^URL category '(.*)' title: (none|'.*?') -> (none|'.*')$/s, ([, name = '', before = '', after = '']) => ({ form: 'category_title', name, before, after })],
  [
    /^application '(.*)' (title|category|risk): (.*?) -> (.*)$/s,
    ([, name = '', field, before = '', after = '']) => ({ form: 'application', name, field: field as ApplicationField, before, after }),
  ],
  [
    /^application '(.*)' (hosts|servers) changed: (.*)$/s,
    ([, name = '', field, values = '']) => ({ form: 'application_values', name, field: field as 'hosts' | 'servers', values }),
  ],
  [
    new RegExp(`^user '(.*)' (${userFields.join('|')}) changed: (.*)$`, 's'),
    ([, name = '', field, values = '']) => ({ form: 'user', name, field: field as UserField, values }),
  ],
  [/^(allow list|block list|IPS rules) changed: (.*)$/s, ([, word, values = '']) => ({ form: 'list', list: lists[word as keyof typeof lists], values })],
  [/^time zone: (.*) -> (.*)$/, ([, before = '', after = '']) => ({ form: 'time_zone', before, after })],
  [/^packet check (\w+): (\w+) -> (\w+)$/, ([, name = '', before = '', after = '']) => ({ form: 'packet_check', name, before, after })],
  [
    new RegExp(`^block page (${blockPageTexts.join('|')}): (none|'.*?') -> (none|'.*')$`, 's'),
    ([, text, before = '', after = '']) => ({ form: 'block_page', text: text as BlockPageText, before, after }),
  ],
];

export function parseDifference(line: string): DifferenceLine {
  for (const [pattern, make] of parsers) {
    const parts = pattern.exec(line);
    if (parts) return make(parts);
  }
  return { form: 'other', line };
}

/** Words of the console in a value, each with the key of its translation below `difference_word`. */
export const valueWords = {
  on: 'on', off: 'off', any: 'any', always: 'always', none: 'none', lan: 'lan', wan: 'wan', allow: 'allow', monitor: 'monitor',
  'block with drop': 'block_drop', 'block with reset': 'block_reset', 'block with answer': 'block_answer', true: 'on', false: 'off',
} as const;

export const selectorWords = {
  address: 'addresses', fqdn: 'fqdns', mac: 'macs', user: 'users', country: 'countries', application: 'applications', 'URL category': 'url_categories',
} as const;
