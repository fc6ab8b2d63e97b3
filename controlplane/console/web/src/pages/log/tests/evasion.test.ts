import { expect, test } from 'vitest';

import { evasionOf } from '../evasion';

test('an evasion is read from its record, and from no other', () => {
  const eve = { evasion: { host: '10.0.0.1', kind: 'certificate_mismatch', claimed: 'a.example', actual: 'b.example', action: 'logged' } };
  expect(evasionOf({ type: 'evasion', eve })).toEqual({ kind: 'certificate_mismatch', host: '10.0.0.1', claimed: 'a.example', actual: 'b.example' });
  expect(evasionOf({ type: 'policy', eve })).toBeUndefined();
  expect(evasionOf({ type: 'evasion', eve: { evasion: { kind: 'of_a_later_version' } } })).toBeUndefined();
  expect(evasionOf({ type: 'evasion', eve: {} })).toBeUndefined();
});

test('a name that nobody said is empty', () => {
  const eve = { evasion: { host: '10.0.0.1', kind: 'invalid_server_name', claimed: '192.0.2.7' } };
  expect(evasionOf({ type: 'evasion', eve })?.actual).toBe('');
});
