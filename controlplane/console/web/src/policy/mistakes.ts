import type { Mistake } from '../api/types';
import { nameOf, type Rule } from './document';

/** Which rule a mistake belongs to and which field of it; undefined: another part of the policy. */
export function ruleOfPointer(pointer: string): { index: number; field: string } | undefined {
  const parts = /^\/rules\/(\d+)(?:\/(.*))?$/.exec(pointer);
  return parts ? { index: Number(parts[1]), field: parts[2] ?? '' } : undefined;
}

export interface SortedMistakes {
  /** By the rule's name: the user may move rules about while he mends them. */
  readonly byRule: ReadonlyMap<string, readonly Mistake[]>;
  readonly others: readonly Mistake[];
}

/** `rules`: of the policy that the mistakes were found in. */
export function sortMistakes(mistakes: readonly Mistake[], rules: readonly Rule[]): SortedMistakes {
  const byRule = new Map<string, Mistake[]>();
  const others: Mistake[] = [];
  for (const mistake of mistakes) {
    const place = ruleOfPointer(mistake.pointer);
    const rule = place && rules[place.index];
    if (rule) byRule.set(nameOf(rule), [...(byRule.get(nameOf(rule)) ?? []), mistake]);
    else others.push(mistake);
  }
  return { byRule, others };
}
