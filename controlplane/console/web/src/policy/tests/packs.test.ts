import { describe, expect, test } from 'vitest';

import { daysTooOld, decodePackFile, isPackName, packFileName, suggestedPackName } from '../packs';

describe('packs of rules', () => {
  test('a file keeps its name as far as the console takes it', () => {
    expect(packFileName('emerging-exploit.rules')).toBe('emerging-exploit.rules');
    expect(packFileName('ET Open.RULES')).toBe('et-open.rules');
    expect(packFileName('Classification.config')).toBe('classification.config');
    expect(packFileName('規則.rules')).toBe('rules.rules');
    expect(packFileName('local.txt')).toBe('local.rules');
    expect(packFileName(`${'a'.repeat(90)}.rules`)?.length).toBe(60);
    expect(packFileName('rules.tar.gz')).toBeUndefined();
    expect(packFileName('reference.config')).toBeUndefined();
  });

  test('text of an older encoding is taken, bytes that are none are not', () => {
    const bytes = (...codes: number[]) => new Uint8Array(codes).buffer;
    expect(decodePackFile(bytes(0x61, 0x0d, 0x0a, 0xc3, 0xa9))).toBe('a\né');
    expect(decodePackFile(bytes(0x61, 0xe9))).toBe('aé');
    expect(decodePackFile(bytes(0x61, 0))).toBeUndefined();
    expect(decodePackFile(bytes())).toBeUndefined();
  });

  test('a pack is called after its first file of rules', () => {
    expect(suggestedPackName([{ name: 'threshold.config' }, { name: 'et.open.rules' }])).toBe('et-open');
    expect(suggestedPackName([{ name: 'threshold.config' }])).toBe('');
  });

  test('a pack has a name for folders', () => {
    expect(['et-open', '7', 'a_b'].filter(isPackName)).toEqual(['et-open', '7', 'a_b']);
    expect(['', '-a', 'A', 'a b', 'a/b', '規則', 'a'.repeat(61)].filter(isPackName)).toEqual([]);
  });

  test('a version that was published long ago is too old, whether or not the console still knows it', () => {
    const day = 86_400_000;
    const packs = [{ name: 'et', versions: [{ version: 9, created_at: 90 * day }, { version: 8, created_at: 60 * day }] }];
    expect(daysTooOld(packs, { name: 'et', version: 9 }, 120.9 * day)).toBeUndefined();
    expect(daysTooOld(packs, { name: 'et', version: 9 }, 121 * day)).toBe(31);
    expect(daysTooOld(packs, { name: 'et', version: 8 }, 91 * day)).toBe(31);
    expect(daysTooOld(packs, { name: 'et', version: 2 }, 91 * day)).toBe(31);
    expect(daysTooOld(packs, { name: 'et', version: 2 }, 90 * day)).toBeUndefined();
    expect(daysTooOld(packs, { name: 'gone', version: 1 }, 999 * day)).toBeUndefined();
  });
});
