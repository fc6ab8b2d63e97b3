import { nameOf, rulesOf, type PolicyDocument, type Rule } from './document';
import { findObject, objectSections, objectsOf, valueSections, valuesOf, type NamedSection } from './objects';
import { sameValue } from './same_value';

export type Difference =
  | { readonly kind: 'added' | 'removed' | 'moved'; readonly rule: string }
  | { readonly kind: 'changed'; readonly rule: string; readonly fields: readonly string[] }
  | { readonly kind: 'object_added' | 'object_removed'; readonly section: NamedSection; readonly name: string }
  | { readonly kind: 'object_changed'; readonly section: NamedSection; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'section'; readonly section: string };

function changedFields(from: Rule, to: Rule): string[] {
  const fields = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...fields].filter((field) => !sameValue(from[field], to[field])).sort();
}

/** Names in `order` that are not part of its longest run that `other` has in the same order. */
function outOfOrder(order: readonly string[], other: ReadonlyMap<string, number>): Set<string> {
  const positions = order.map((name) => other.get(name) ?? -1);
  const ends: number[] = []; // ends[k]: index in `positions` where the best run of k + 1 ends
  const previous: number[] = [];
  positions.forEach((position, index) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((positions[ends[middle] ?? 0] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? (ends[low - 1] ?? -1) : -1;
    ends[low] = index;
  });
  const moved = new Set(order);
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) moved.delete(order[index] ?? '');
  return moved;
}

function compareObjects(from: PolicyDocument, to: PolicyDocument, section: NamedSection): Difference[] {
  const differences: Difference[] = [];
  for (const object of objectsOf(from, section)) {
    if (!findObject(to, section, nameOf(object))) differences.push({ kind: 'object_removed', section, name: nameOf(object) });
  }
  for (const object of objectsOf(to, section)) {
    const name = nameOf(object);
    const old = findObject(from, section, name);
    if (!old) differences.push({ kind: 'object_added', section, name });
    else if (!sameValue(old, object)) differences.push({ kind: 'object_changed', section, name, values: valuesOf(section, object) });
  }
  return differences;
}

/** Everything but rules, users and the objects above, by section. */
function rest(policy: PolicyDocument): Record<string, unknown> {
  const others = Object.entries(policy.objects ?? {}).filter(([section]) => !(valueSections as readonly string[]).includes(section));
  const sections = Object.entries(policy).filter(([section]) => !['rules', 'objects', 'users'].includes(section));
  return Object.fromEntries([...sections, ...others.map(([section, objects]) => [`objects/${section}`, objects] as const)]);
}

/** What changes from one policy to another: rule by rule, object by object, and for everything else the section. */
export function compare(from: PolicyDocument, to: PolicyDocument): Difference[] {
  const before = new Map(rulesOf(from).map((rule) => [nameOf(rule), rule]));
  const after = new Map(rulesOf(to).map((rule) => [nameOf(rule), rule]));
  const differences: Difference[] = [];
  for (const name of before.keys()) if (!after.has(name)) differences.push({ kind: 'removed', rule: name });

  const kept = [...after.keys()].filter((name) => before.has(name));
  const places = new Map([...before.keys()].map((name, index) => [name, index]));
  const moved = outOfOrder(kept, places);
  for (const [name, rule] of after) {
    const old = before.get(name);
    if (!old) differences.push({ kind: 'added', rule: name });
    else if (!sameValue(old, rule)) differences.push({ kind: 'changed', rule: name, fields: changedFields(old, rule) });
    if (moved.has(name)) differences.push({ kind: 'moved', rule: name });
  }
  for (const section of objectSections) differences.push(...compareObjects(from, to, section));
  const [restBefore, restAfter] = [rest(from), rest(to)];
  for (const section of [...new Set([...Object.keys(restBefore), ...Object.keys(restAfter)])].sort()) {
    if (!sameValue(restBefore[section], restAfter[section])) differences.push({ kind: 'section', section });
  }
  return differences;
}
