// What a user did to a policy, as a list of edits that name rules and objects by their names. The same edits can be done again over a
// newer revision: that is how two administrators' work is brought together.
import { applyBlockPageEdit, type BlockPageEdit } from './block_page';
import { findRule, isEnabled, nameOf, rulesOf, type PolicyDocument, type Rule } from './document';
import { titleOf } from './ips';
import { applyIpsEdit, type IpsEdit, type IpsProblem } from './ips_edits';
import { applyListEdit, type ListEdit, type ListProblem } from './lists';
import { applyObjectEdit, type ObjectEdit, type ObjectProblem } from './object_edits';
import { sameValue } from './same_value';

export type Edit =
  | ObjectEdit
  | IpsEdit
  | ListEdit
  | BlockPageEdit
  /** `before`: the name of the rule that it is put above; undefined: at the end. */
  | { readonly kind: 'add'; readonly rule: Rule; readonly before: string | undefined }
  | { readonly kind: 'replace'; readonly was: Rule; readonly rule: Rule }
  | { readonly kind: 'remove'; readonly was: Rule }
  | { readonly kind: 'switch'; readonly name: string; readonly enabled: boolean }
  | { readonly kind: 'move'; readonly name: string; readonly before: string | undefined };

export type EditProblem = ObjectProblem | IpsProblem | ListProblem | 'rule_is_gone' | 'rule_was_changed' | 'name_is_taken'
  | 'block_page_was_changed';

export interface AppliedEdit {
  readonly policy: PolicyDocument;
  readonly problem?: EditProblem;
}

function withRules(policy: PolicyDocument, rules: readonly Rule[]): PolicyDocument {
  return { ...policy, rules };
}

function insertBefore(rules: readonly Rule[], rule: Rule, before: string | undefined): readonly Rule[] {
  const found = before === undefined ? -1 : rules.findIndex((other) => nameOf(other) === before);
  const at = found < 0 ? rules.length : found;
  return [...rules.slice(0, at), rule, ...rules.slice(at)];
}

function replaceAt(rules: readonly Rule[], at: number, rule: Rule): readonly Rule[] {
  return rules.map((other, index) => (index === at ? rule : other));
}

function applyReplace(policy: PolicyDocument, edit: Extract<Edit, { kind: 'replace' }>): AppliedEdit {
  const at = findRule(policy, nameOf(edit.was));
  const current = rulesOf(policy)[at];
  if (!current) return { policy, problem: 'rule_is_gone' };
  const newName = nameOf(edit.rule);
  if (newName !== nameOf(edit.was) && findRule(policy, newName) >= 0) return { policy, problem: 'name_is_taken' };
  const changed = withRules(policy, replaceAt(rulesOf(policy), at, edit.rule));
  return sameValue(current, edit.was) ? { policy: changed } : { policy: changed, problem: 'rule_was_changed' };
}

function applyRemove(policy: PolicyDocument, edit: Extract<Edit, { kind: 'remove' }>): AppliedEdit {
  const at = findRule(policy, nameOf(edit.was));
  const current = rulesOf(policy)[at];
  if (!current) return { policy };
  const changed = withRules(policy, rulesOf(policy).filter((_, index) => index !== at));
  return sameValue(current, edit.was) ? { policy: changed } : { policy: changed, problem: 'rule_was_changed' };
}

function applySwitch(policy: PolicyDocument, edit: Extract<Edit, { kind: 'switch' }>): AppliedEdit {
  const at = findRule(policy, edit.name);
  const current = rulesOf(policy)[at];
  if (!current) return { policy, problem: 'rule_is_gone' };
  if (isEnabled(current) === edit.enabled) return { policy };
  return { policy: withRules(policy, replaceAt(rulesOf(policy), at, { ...current, enabled: edit.enabled })) };
}

function applyMove(policy: PolicyDocument, edit: Extract<Edit, { kind: 'move' }>): AppliedEdit {
  const at = findRule(policy, edit.name);
  const rule = rulesOf(policy)[at];
  if (!rule) return { policy, problem: 'rule_is_gone' };
  if (edit.before !== undefined && findRule(policy, edit.before) < 0) return { policy, problem: 'rule_is_gone' };
  const others = rulesOf(policy).filter((_, index) => index !== at);
  return { policy: withRules(policy, insertBefore(others, rule, edit.before)) };
}

/** The policy with the edit done; a problem says what about it should be looked at. */
export function applyEdit(policy: PolicyDocument, edit: Edit): AppliedEdit {
  switch (edit.kind) {
    case 'add':
      if (findRule(policy, nameOf(edit.rule)) >= 0) return { policy, problem: 'name_is_taken' };
      return { policy: withRules(policy, insertBefore(rulesOf(policy), edit.rule, edit.before)) };
    case 'replace':
      return applyReplace(policy, edit);
    case 'remove':
      return applyRemove(policy, edit);
    case 'switch':
      return applySwitch(policy, edit);
    case 'move':
      return applyMove(policy, edit);
    case 'add_object':
    case 'replace_object':
    case 'remove_object':
      return applyObjectEdit(policy, edit);
    case 'add_entries':
    case 'replace_entry':
    case 'remove_entries':
      return applyListEdit(policy, edit);
    case 'set_block_page':
      return applyBlockPageEdit(policy, edit);
    default:
      return applyIpsEdit(policy, edit);
  }
}

export interface EditFinding {
  /** Of the rule, the object or the profile; of a text of IPS rules its title; a list's entry; the block page has none. */
  readonly name: string;
  readonly problem: EditProblem;
}

/** All edits in order, and what was odd about any of them. */
export function applyEdits(policy: PolicyDocument, edits: readonly Edit[]): { policy: PolicyDocument; findings: EditFinding[] } {
  const findings: EditFinding[] = [];
  let result = policy;
  for (const edit of edits) {
    const applied = applyEdit(result, edit);
    result = applied.policy;
    if (applied.problem) findings.push({ name: nameIn(edit), problem: applied.problem });
  }
  return { policy: result, findings };
}

function nameIn(edit: Edit): string {
  if (edit.kind === 'switch' || edit.kind === 'move') return edit.name;
  if (edit.kind === 'replace_entry') return edit.was;
  if (edit.kind === 'add_entries' || edit.kind === 'remove_entries') return edit.entries.join(', ');
  if (edit.kind === 'set_block_page') return '';
  if (edit.kind === 'add') return nameOf(edit.rule);
  if (edit.kind === 'add_ips_rules') return titleOf(edit.text);
  if (edit.kind === 'replace_ips_rules' || edit.kind === 'remove_ips_rules') return titleOf(edit.was);
  if (edit.kind === 'add_profile') return nameOf(edit.profile);
  return nameOf(edit.kind === 'add_object' ? edit.object : edit.was);
}

/** The edit that brings the rule at `from` to the place `to` (both count from 0); undefined when it is there. */
export function moveTo(policy: PolicyDocument, from: number, to: number): Edit | undefined {
  const rules = rulesOf(policy);
  const rule = rules[from];
  const target = Math.max(0, Math.min(to, rules.length - 1));
  if (!rule || target === from) return undefined;
  const others = rules.filter((_, index) => index !== from);
  const below = others[target];
  return { kind: 'move', name: nameOf(rule), before: below && nameOf(below) };
}

/** A copy right below its original, switched off until the user has made it what he wants. */
export function duplicate(policy: PolicyDocument, at: number, nameOfCopy: (n: number) => string): Edit | undefined {
  const rules = rulesOf(policy);
  const rule = rules[at];
  if (!rule) return undefined;
  let n = 1;
  while (findRule(policy, nameOfCopy(n)) >= 0) ++n;
  const below = rules[at + 1];
  return { kind: 'add', rule: { ...rule, name: nameOfCopy(n), enabled: false }, before: below && nameOf(below) };
}
