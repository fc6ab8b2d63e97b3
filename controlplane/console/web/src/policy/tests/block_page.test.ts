import { describe, expect, test } from 'vitest';

import { blockPageMistake, blockPageOf } from '../block_page';
import type { PolicyDocument } from '../document';
import { applyEdit, applyEdits, type Edit } from '../edits';

const empty = { organisation: '', message: '', contact: '' };
const policy: PolicyDocument = { version: 1, rules: [], block_page: { organisation: 'Works', contact: 12 } };

describe('the block page', () => {
  test('is read as texts, empty ones for what is not there', () => {
    expect(blockPageOf(policy)).toEqual({ organisation: 'Works', message: '', contact: '12' });
    expect(blockPageOf({ version: 1 })).toEqual(empty);
  });

  test('is written without what it does not say, and leaves the rest of the policy alone', () => {
    const set: Edit = { kind: 'set_block_page', was: blockPageOf(policy), page: { organisation: ' New ', message: 'a\nb', contact: '' } };
    expect(applyEdit(policy, set)).toEqual({ policy: { version: 1, rules: [], block_page: { organisation: 'New', message: 'a\nb' } } });
    const clear: Edit = { kind: 'set_block_page', was: blockPageOf(policy), page: { ...empty, message: '  ' } };
    expect(applyEdit(policy, clear).policy).toEqual({ version: 1, rules: [] });
  });

  test('that somebody else changed meanwhile is told', () => {
    const edit: Edit = { kind: 'set_block_page', was: empty, page: { ...empty, contact: 'me' } };
    const { policy: merged, findings } = applyEdits(policy, [edit]);
    expect(merged.block_page).toEqual({ contact: 'me' });
    expect(findings).toEqual([{ name: '', problem: 'block_page_was_changed' }]);
  });

  test.each([
    ['organisation', '関'.repeat(80), undefined],
    ['organisation', '関'.repeat(81), 'too_long'],
    ['message', 'one\ntwo', undefined],
    ['message', 'one\ttwo', 'control_character'],
    ['contact', `  ${'x'.repeat(120)}  `, undefined],
    ['contact', 'x'.repeat(121), 'too_long'],
  ] as const)('takes what the gateway takes: %s %j', (text, value, mistake) => expect(blockPageMistake(text, value)).toBe(mistake));
});
