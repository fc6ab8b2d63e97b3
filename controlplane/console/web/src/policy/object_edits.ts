// What a user did to the named objects, done to a policy that may be newer than the one he saw.
import { nameOf, type NamedObject, type PolicyDocument } from './document';
import { findObject, objectsOf, withObjects, type NamedSection } from './objects';
import { referrersTo, renameReferences } from './references';
import { sameValue } from './same_value';

export type ObjectEdit =
  | { readonly kind: 'add_object'; readonly section: NamedSection; readonly object: NamedObject }
  /** Another name goes into whatever names the object, too. */
  | { readonly kind: 'replace_object'; readonly section: NamedSection; readonly was: NamedObject; readonly object: NamedObject }
  | { readonly kind: 'remove_object'; readonly section: NamedSection; readonly was: NamedObject };

export type ObjectProblem = 'object_is_gone' | 'object_was_changed' | 'object_is_used' | 'object_name_is_taken';

export interface AppliedObjectEdit {
  readonly policy: PolicyDocument;
  readonly problem?: ObjectProblem;
}

function replace(policy: PolicyDocument, { section, was, object }: Extract<ObjectEdit, { kind: 'replace_object' }>): AppliedObjectEdit {
  const [oldName, newName] = [nameOf(was), nameOf(object)];
  const current = findObject(policy, section, oldName);
  if (!current) return { policy, problem: 'object_is_gone' };
  if (newName !== oldName && findObject(policy, section, newName)) return { policy, problem: 'object_name_is_taken' };
  const objects = objectsOf(policy, section).map((other) => (other === current ? object : other));
  const changed = renameReferences(withObjects(policy, section, objects), section, oldName, newName);
  return sameValue(current, was) ? { policy: changed } : { policy: changed, problem: 'object_was_changed' };
}

function remove(policy: PolicyDocument, { section, was }: Extract<ObjectEdit, { kind: 'remove_object' }>): AppliedObjectEdit {
  const current = findObject(policy, section, nameOf(was));
  if (!current) return { policy };
  if (referrersTo(policy, section, nameOf(was)).length > 0) return { policy, problem: 'object_is_used' };
  const changed = withObjects(policy, section, objectsOf(policy, section).filter((other) => other !== current));
  return sameValue(current, was) ? { policy: changed } : { policy: changed, problem: 'object_was_changed' };
}

export function applyObjectEdit(policy: PolicyDocument, edit: ObjectEdit): AppliedObjectEdit {
  if (edit.kind === 'replace_object') return replace(policy, edit);
  if (edit.kind === 'remove_object') return remove(policy, edit);
  if (findObject(policy, edit.section, nameOf(edit.object))) return { policy, problem: 'object_name_is_taken' };
  return { policy: withObjects(policy, edit.section, [...objectsOf(policy, edit.section), edit.object]) };
}
