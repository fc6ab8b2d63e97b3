// What the page says of its owner that answers blocked requests (`block_page` of the policy).
import type { PolicyDocument } from './document';
import { sameValue } from './same_value';

export const blockPageTexts = ['organisation', 'message', 'contact'] as const;
export type BlockPageText = (typeof blockPageTexts)[number];
export type BlockPageForm = Record<BlockPageText, string>;

/** Characters that the policy format allows. */
export const blockPageLimits: Readonly<Record<BlockPageText, number>> = { organisation: 80, message: 400, contact: 120 };

export interface BlockPageEdit {
  readonly kind: 'set_block_page';
  readonly was: BlockPageForm;
  readonly page: BlockPageForm;
}

export function blockPageOf(policy: PolicyDocument): BlockPageForm {
  const page = (policy.block_page ?? {}) as Readonly<Partial<Record<BlockPageText, string | number | boolean>>>;
  return { organisation: String(page.organisation ?? ''), message: String(page.message ?? ''), contact: String(page.contact ?? '') };
}

export type BlockPageMistake = 'too_long' | 'control_character';

export function blockPageMistake(text: BlockPageText, value: string): BlockPageMistake | undefined {
  if ([...value.trim()].length > blockPageLimits[text]) return 'too_long';
  return /[\u0000-\u0009\u000b-\u001f\u007f]/.test(value.trim()) ? 'control_character' : undefined;
}

/** Empty texts are left out, and so is a page that says nothing. */
export function applyBlockPageEdit(policy: PolicyDocument, edit: BlockPageEdit): { policy: PolicyDocument; problem?: 'block_page_was_changed' } {
  const texts = blockPageTexts.map((text) => [text, edit.page[text].trim()] as const).filter(([, value]) => value !== '');
  const others = Object.fromEntries(Object.entries(policy).filter(([key]) => key !== 'block_page'));
  const changed = texts.length === 0 ? others : { ...others, block_page: Object.fromEntries(texts) };
  return sameValue(blockPageOf(policy), edit.was) ? { policy: changed } : { policy: changed, problem: 'block_page_was_changed' };
}
