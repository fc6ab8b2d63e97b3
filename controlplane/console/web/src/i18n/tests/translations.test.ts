import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

import en from '../en.json';
import ja from '../ja.json';

type Texts = { [key: string]: string | Texts };

function keysOf(texts: Texts, prefix = ''): string[] {
  return Object.entries(texts).flatMap(([key, value]) => (typeof value === 'string' ? [prefix + key] : keysOf(value, `${prefix}${key}.`)));
}

function textOf(texts: Texts, key: string): string {
  return key.split('.').reduce<Texts | string>((node, part) => (typeof node === 'string' ? '' : (node[part] ?? '')), texts) as string;
}

const source = fileURLToPath(new URL('../..', import.meta.url));

function sourceTexts(): string[] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts') && !file.includes('generated')).map((file) => readFileSync(join(source, file), 'utf8'));
}

/** Whole keys in quotes, and patterns of keys that are put together: `action.${...}` stands for one more word. */
function usedKeys(): { whole: Set<string>; patterns: RegExp[] } {
  const whole = new Set<string>();
  const patterns: RegExp[] = [];
  for (const text of sourceTexts()) {
    for (const [, key] of text.matchAll(/'([a-z_]+(?:\.[A-Za-z_]+)+)'/g)) whole.add(key ?? '');
    for (const [, key] of text.matchAll(/`([a-z_.]+\$\{[^`]+\}[a-z_]*)`/g)) {
      const [before = ''] = (key ?? '').split('${');
      const after = (key ?? '').slice((key ?? '').lastIndexOf('}') + 1);
      if (before.includes('.')) patterns.push(new RegExp(`^${before.replaceAll('.', '\\.')}[A-Za-z0-9_]+${after}$`));
    }
  }
  return { whole, patterns };
}

const english = keysOf(en);
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

describe('translations', () => {
  test('Japanese and English have the same keys', () => {
    expect(keysOf(ja)).toEqual(english);
  });

  test('both languages fill in the same values', () => {
    const differing = english.filter((key) => JSON.stringify(placeholders(textOf(en, key))) !== JSON.stringify(placeholders(textOf(ja, key))));
    expect(differing).toEqual([]);
  });

  test('no text is empty', () => {
    expect(english.filter((key) => textOf(en, key).trim() === '' || textOf(ja, key).trim() === '')).toEqual([]);
  });

  test('every key is used', () => {
    const { whole, patterns } = usedKeys();
    expect(english.filter((key) => !whole.has(key) && !patterns.some((pattern) => pattern.test(key)))).toEqual([]);
  });

  test('every key that the source names is there', () => {
    const known = new Set(english);
    const sections = new Set(Object.keys(en));
    const named = [...usedKeys().whole].filter((key) => sections.has(key.split('.')[0] ?? ''));
    expect(named.filter((key) => !known.has(key))).toEqual([]);
  });

  test('everything that the audit log tells has its words', () => {
    const document = readFileSync(join(source, '../../api/openapi.yaml'), 'utf8');
    const changes = [...document.matchAll(/^ {4}(?:post|put|patch|delete):\s*\n(?:.*\n)??.*operationId: (\w+)/gm)].map(([, id]) => id ?? '');
    expect(changes.length).toBeGreaterThan(15);
    const told = [...changes.filter((id) => !id.startsWith('check')), 'enrolGateway'];
    expect(told.filter((id) => !(id in en.audit_action))).toEqual([]);
  });

  test('every code of a problem of the API has its words', () => {
    const document = readFileSync(join(source, '../../api/openapi.yaml'), 'utf8');
    const codes = /enum: \[(invalid_request[^\]]+)\]/.exec(document)?.[1]?.split(',').map((code) => code.trim()) ?? [];
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !(code in en.problem))).toEqual([]);
  });
});
