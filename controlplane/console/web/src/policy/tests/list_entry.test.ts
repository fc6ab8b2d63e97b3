import { describe, expect, test } from 'vitest';

import { entriesIn, entryMistake, normalEntry, type EntryMistake } from '../list_entry';

const accepted = [
  'www.example.com', '*.example.com', '*.com', 'www.example.*', '*.example.*', 'example.com/path/', 'console.example.com/', 'www.example.com/a/b?c=d', 'example.com/path*',
  '*.example.com/path/', '192.0.2.1', '192.0.2.1/index.html', '192.0.2.1-192.0.2.9', '192.0.2.8/24', '2001:db8::1', '2001:db8::1-2001:db8::9', '2001:db8::/32', 'de20-en.url.example.com',
  'xn--eckwd4c7c.jp', '_dmarc.example.com',
];
const refused: [string, EntryMistake][] = [
  ['', 'empty'],
  [`example.com/${'a'.repeat(2048)}`, 'too_long'],
  ['https://example.com/', 'scheme'],
  ['*', 'everything'],
  ['*.*', 'everything'],
  ['*example.com', 'wildcard'],
  ['www.*.com', 'wildcard'],
  ['example.*/path', 'wildcard'],
  ['example.com:8080', 'port'],
  ['somebody@example.com', 'user'],
  ['例え.jp', 'not_ascii'],
  ['exa mple.com', 'not_a_host'],
  ['-a.example.com', 'not_a_host'],
  ['a..example.com', 'not_a_host'],
  ['example.com.', 'not_a_host'],
  [`${'a'.repeat(64)}.example.com`, 'not_a_host'],
  ['localhost', 'not_qualified'],
  ['192.0.2.300', 'not_an_address'],
  ['192.0.2.9-192.0.2.1', 'not_an_address'],
  ['192.0.2.0/33', 'not_an_address'],
  ['example.com/日本', 'path_character'],
  ['example.com/a*b', 'path_wildcard'],
  ['example.com/a#b', 'fragment'],
];

describe('an entry', () => {
  test.each(accepted)('is taken: %s', (entry) => expect(entryMistake(entry)).toBeUndefined());
  test.each(refused)('is refused: %s', (entry, mistake) => expect(entryMistake(entry)).toBe(mistake));
  test('has its host in lower case, and its path as it is', () => expect(normalEntry('WWW.Example.COM/Path/')).toBe('www.example.com/Path/'));
});

test('a text is entries, line by line, without comments and repetitions', () => {
  expect(entriesIn('\ufeff# ours\r\nWWW.example.com  # the web\n\n  *.example.org\nwww.example.com\nhttp://x\n')).toEqual([
    { line: 2, entry: 'www.example.com' },
    { line: 4, entry: '*.example.org' },
    { line: 6, entry: 'http://x', mistake: 'scheme' },
  ]);
});
