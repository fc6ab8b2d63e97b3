import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

import { causes, decryptionOf, failures, outcomes, sparedOf } from '../decryption';

const source = (path: string) => readFileSync(fileURLToPath(new URL(`../../../../../../../${path}`, import.meta.url)), 'utf8');

describe('what a gateway tells of decryption', () => {
  test('are its figures, with nothing for what it does not count', () => {
    const found = decryptionOf({
      control: {}, dataplane: { decryption: { workers: 2, attached: 1, problem: 'it is gone' } }, counters: { 'decryption.opened': 7, 'decryption.not_tls': 2, 'drop.malformed': 3 },
    });
    expect(found).toMatchObject({ wanted: true, workers: 2, attached: 1, problem: 'it is gone' });
    expect(found?.figures).toMatchObject({ opened: 7, not_tls: 2, failed: 0 });
  });

  test('is nothing where no policy decrypts, or nobody answers', () => {
    expect(decryptionOf({ dataplane: { decryption: null }, counters: {} })?.wanted).toBe(false);
    expect(decryptionOf({ dataplane: { error: { code: 'io' } }, counters: { error: {} } })).toBeUndefined();
  });

  test('has the figures that gateways count', () => {
    const counted = source('dataplane/worker/src/counters.cc') + source('dataplane/control/src/decryption_links.cc');
    expect([...outcomes, ...causes].filter((name) => !counted.includes(`"decryption.${name}"`))).toEqual([]);
  });

  test('has the failures that smart bypass spares', () => {
    const spared = /bool will_fail_again[^}]+}/.exec(source('dataplane/worker/src/diversion.cc'))?.[0] ?? '';
    expect([...spared.matchAll(/TlsFailure::(\w+)/g)].map(([, name]) => name).sort()).toEqual([...failures].sort());
  });

  test('are the pairs that it spares, and how many there are besides', () => {
    const one = { client: '192.0.2.7', host: 'pinned.example', failure: 'client_refused', seconds_left: 60 };
    expect(sparedOf({ bypasses: [one], total: 1200 })).toEqual({
      pairs: [{ client: '192.0.2.7', host: 'pinned.example', failure: 'client_refused', secondsLeft: 60 }], total: 1200,
    });
    expect(sparedOf({ ok: true })).toEqual({ pairs: [], total: 0 });
  });
});
