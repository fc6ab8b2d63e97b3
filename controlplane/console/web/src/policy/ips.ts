// What a policy says about intrusion prevention: the profiles' section `ips`, and the administrator's own rules.
import { nameOf, rulesOf, toList, type NamedObject, type PolicyDocument, type Values } from './document';

export const ipsActions = ['block', 'reset', 'monitor'] as const;
export const severities = ['low', 'medium', 'high', 'critical'] as const;
/** What a profile may do with one rule other than with the rest. */
export const ruleUses = ['off', 'monitor', 'block', 'reset'] as const;
export type IpsAction = (typeof ipsActions)[number];
export type Severity = (typeof severities)[number];
export type RuleUse = (typeof ruleUses)[number];

/** A rule is named by its number (sid), in digits. */
export type Overrides = ReadonlyMap<string, RuleUse>;

export interface IpsForm {
  readonly name: string;
  readonly enabled: boolean;
  readonly action: IpsAction;
  readonly minimumSeverity: Severity;
  readonly overrides: Overrides;
}

export const newProfile: NamedObject = { name: '' };
export const maxOverrides = 10_000; // of each use, as the policy's schema has it
const maxNameLength = 128;
const largestRuleNumber = 0xffff_ffff;

/** Which fields of a section are there is the console's business: all that is not shown here is kept. */
interface IpsSection {
  readonly enabled?: boolean;
  readonly action?: IpsAction;
  readonly minimum_severity?: Severity;
  readonly excluded_rules?: Values;
  readonly monitored_rules?: Values;
  readonly blocked_rules?: Values;
  readonly reset_rules?: Values;
  readonly [other: string]: unknown;
}

const listOf = { off: 'excluded_rules', monitor: 'monitored_rules', block: 'blocked_rules', reset: 'reset_rules' } as const;

function sectionOf(profile: NamedObject): IpsSection {
  const section = profile.ips;
  return typeof section === 'object' && section !== null ? (section as IpsSection) : {};
}

export function toIpsForm(profile: NamedObject): IpsForm {
  const section = sectionOf(profile);
  const overrides = new Map<string, RuleUse>();
  // The last one counts: a rule that is not used is not used at all.
  for (const use of ['monitor', 'block', 'reset', 'off'] as const) for (const rule of toList(section[listOf[use]])) overrides.set(rule, use);
  return {
    name: nameOf(profile),
    enabled: section.enabled ?? true,
    action: section.action ?? 'block',
    minimumSeverity: section.minimum_severity ?? 'medium',
    overrides,
  };
}

function rulesOfUse(overrides: Overrides, use: RuleUse): string[] {
  return [...overrides].filter(([, other]) => other === use).map(([rule]) => rule);
}

export function fromIpsForm(form: IpsForm, was: NamedObject): NamedObject {
  const lists: readonly string[] = Object.values(listOf);
  const kept = Object.fromEntries(Object.entries(sectionOf(was)).filter(([field]) => !lists.includes(field)));
  const overridden = ruleUses.map((use) => [listOf[use], rulesOfUse(form.overrides, use)] as const).filter(([, rules]) => rules.length > 0);
  const ips: IpsSection = {
    ...kept,
    enabled: form.enabled,
    action: form.action,
    minimum_severity: form.minimumSeverity,
    ...Object.fromEntries(overridden),
  };
  return { ...was, name: form.name.trim(), ips };
}

export function profilesOf(policy: PolicyDocument): readonly NamedObject[] {
  return policy.profiles ?? [];
}

export function findProfile(policy: PolicyDocument, name: string): NamedObject | undefined {
  return profilesOf(policy).find((profile) => nameOf(profile) === name);
}

/** The names of the rules of the policy that apply a profile. */
export function rulesWithProfile(policy: PolicyDocument, name: string): string[] {
  return rulesOf(policy).filter(({ profile }) => profile?.trim() === name).map(nameOf);
}

export type ProfileMistake = 'name_missing' | 'name_too_long' | 'name_taken' | 'too_many_overrides';

/** `original`: the profile's name before; empty for a new one. */
export function validateProfile(policy: PolicyDocument, form: IpsForm, original: string): ProfileMistake[] {
  const name = form.name.trim();
  const mistakes: ProfileMistake[] = [];
  if (name === '') mistakes.push('name_missing');
  else if ([...name].length > maxNameLength) mistakes.push('name_too_long');
  else if (name !== original && findProfile(policy, name)) mistakes.push('name_taken');
  if (ruleUses.some((use) => rulesOfUse(form.overrides, use).length > maxOverrides)) mistakes.push('too_many_overrides');
  return mistakes;
}

export function isRuleNumber(text: string | undefined): boolean {
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text) && Number(text) <= largestRuleNumber;
}

/** Rule numbers as a user types them, with blanks, commas or line ends between; `wrong` is the first that is none. */
export function ruleNumbersIn(text: string): { numbers: string[]; wrong?: string } {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const wrong = words.find((word) => !isRuleNumber(word));
  return wrong === undefined ? { numbers: [...new Set(words)] } : { numbers: [], wrong };
}

export function ownRulesOf(policy: PolicyDocument): readonly string[] {
  return Array.isArray(policy.ips_rules) ? policy.ips_rules.map(String) : [];
}

const isRuleLine = (line: string) => line.trim() !== '' && !line.trimStart().startsWith('#');

/** Lines of rules; one that goes on in the next line behind a `\` counts once. */
export function countRules(text: string): number {
  const lines = text.split('\n');
  return lines.filter((line, at) => isRuleLine(line) && !(lines[at - 1]?.trimEnd().endsWith('\\') ?? false)).length;
}

/** What names a text of rules for its reader: what its first comment says, or the message of its first rule. */
export function titleOf(text: string): string {
  const first = text.split('\n').map((line) => line.trim()).find((line) => line.replace(/^[#\s]+/, '') !== '') ?? '';
  if (first.startsWith('#')) return first.replace(/^[#\s]+/, '');
  return /\bmsg\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(first)?.[1] ?? first;
}

/** The text with a comment sign before the rules that begin in `lines` (from 1), wherever they end. */
export function commentOut(text: string, lines: Iterable<number>): string {
  const marked = new Set(lines);
  let goesOn = false;
  return text.split('\n').map((line, index) => {
    const out = goesOn || marked.has(index + 1);
    goesOn = out && line.trimEnd().endsWith('\\');
    return out && isRuleLine(line) ? `# ${line}` : line;
  }).join('\n');
}

export const maxRuleText = 4_194_304; // characters, as the API has it

/** A file's bytes as text; undefined when they are none. */
export function decodeRuleFile(bytes: ArrayBuffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text.replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}
