import { expect, test } from 'vitest';

import { readFilter, toQuery, writeFilter } from '../filter';

test('a filter survives the address of the page', () => {
  const texts = readFilter(new URLSearchParams('rule=【50-1】 a%26b&source=10.0.0.0/8&destination_port=443'));
  expect(readFilter(new URLSearchParams(writeFilter(texts).toString()))).toEqual(texts);
});

test('only what is filled in and makes sense is asked for', () => {
  const texts = readFilter(new URLSearchParams('action=block&destination_port=70000&from=nonsense&rule=%20'));
  expect(toQuery(texts)).toEqual({ type: 'policy', action: 'block' });
  expect(toQuery(readFilter(new URLSearchParams('action=explode')))).toEqual({ type: 'policy' });
});

test('enforced rules are asked for, or what IPS rules found', () => {
  expect(toQuery(readFilter(new URLSearchParams('type=alert&action=block')))).toEqual({ type: 'alert', action: 'block' });
  expect(toQuery(readFilter(new URLSearchParams('type=callback')))).toEqual({ type: 'callback' });
  expect(toQuery(readFilter(new URLSearchParams('type=evasion&rule=foreign_port')))).toEqual({ type: 'evasion', rule: 'foreign_port' });
  expect(toQuery(readFilter(new URLSearchParams('type=stats')))).toEqual({ type: 'policy' });
});

test('times are local times', () => {
  const { from } = toQuery(readFilter(new URLSearchParams('from=2026-11-21T10:00:00')));
  expect(from).toBe(new Date(2026, 10, 21, 10, 0, 0).getTime());
});
