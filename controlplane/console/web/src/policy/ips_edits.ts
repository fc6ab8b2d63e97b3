// What a user did to profiles and to his own IPS rules, done to a policy that may be newer than the one he saw.
import { nameOf, rulesOf, type NamedObject, type PolicyDocument } from './document';
import { findProfile, ownRulesOf, profilesOf, rulesWithProfile } from './ips';
import { sameValue } from './same_value';

export type IpsEdit =
  | { readonly kind: 'add_profile'; readonly profile: NamedObject }
  /** Another name goes into the rules too. */
  | { readonly kind: 'replace_profile'; readonly was: NamedObject; readonly profile: NamedObject }
  | { readonly kind: 'remove_profile'; readonly was: NamedObject }
  /** A text of IPS rules is what it says: that is its name. */
  | { readonly kind: 'add_ips_rules'; readonly text: string }
  | { readonly kind: 'replace_ips_rules'; readonly was: string; readonly text: string }
  | { readonly kind: 'remove_ips_rules'; readonly was: string };

export type IpsProblem = 'profile_is_gone' | 'profile_was_changed' | 'profile_is_used' | 'profile_name_is_taken' | 'ips_rules_are_gone' | 'ips_rules_are_there';

export interface AppliedIpsEdit {
  readonly policy: PolicyDocument;
  readonly problem?: IpsProblem;
}

function replaceProfile(policy: PolicyDocument, was: NamedObject, profile: NamedObject): AppliedIpsEdit {
  const [oldName, newName] = [nameOf(was), nameOf(profile)];
  const current = findProfile(policy, oldName);
  if (!current) return { policy, problem: 'profile_is_gone' };
  if (newName !== oldName && findProfile(policy, newName)) return { policy, problem: 'profile_name_is_taken' };
  const profiles = profilesOf(policy).map((other) => (other === current ? profile : other));
  const renamed = newName === oldName || rulesWithProfile(policy, oldName).length === 0 ? policy
    : { ...policy, rules: rulesOf(policy).map((rule) => (rule.profile?.trim() === oldName ? { ...rule, profile: newName } : rule)) };
  const changed = { ...renamed, profiles };
  return sameValue(current, was) ? { policy: changed } : { policy: changed, problem: 'profile_was_changed' };
}

function removeProfile(policy: PolicyDocument, was: NamedObject): AppliedIpsEdit {
  const current = findProfile(policy, nameOf(was));
  if (!current) return { policy };
  if (rulesWithProfile(policy, nameOf(was)).length > 0) return { policy, problem: 'profile_is_used' };
  const changed = { ...policy, profiles: profilesOf(policy).filter((other) => other !== current) };
  return sameValue(current, was) ? { policy: changed } : { policy: changed, problem: 'profile_was_changed' };
}

function applyToRules(policy: PolicyDocument, edit: Extract<IpsEdit, { kind: `${string}_ips_rules` }>): AppliedIpsEdit {
  const texts = ownRulesOf(policy);
  if (edit.kind === 'remove_ips_rules') return { policy: { ...policy, ips_rules: texts.filter((text) => text !== edit.was) } };
  if (texts.includes(edit.text)) return { policy, problem: 'ips_rules_are_there' };
  if (edit.kind === 'add_ips_rules') return { policy: { ...policy, ips_rules: [...texts, edit.text] } };
  if (!texts.includes(edit.was)) return { policy, problem: 'ips_rules_are_gone' };
  return { policy: { ...policy, ips_rules: texts.map((text) => (text === edit.was ? edit.text : text)) } };
}

export function applyIpsEdit(policy: PolicyDocument, edit: IpsEdit): AppliedIpsEdit {
  switch (edit.kind) {
    case 'add_profile':
      if (findProfile(policy, nameOf(edit.profile))) return { policy, problem: 'profile_name_is_taken' };
      return { policy: { ...policy, profiles: [...profilesOf(policy), edit.profile] } };
    case 'replace_profile':
      return replaceProfile(policy, edit.was, edit.profile);
    case 'remove_profile':
      return removeProfile(policy, edit.was);
    default:
      return applyToRules(policy, edit);
  }
}
