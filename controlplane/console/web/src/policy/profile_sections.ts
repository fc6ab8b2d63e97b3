// The sections of a security profile as lists of settings that the page has a field for each. The settings are those of config/policy's
// profile_settings.cc; what is not here is kept as it is. Of `ips`, ips.ts has what says which rules are used, and how.
import { toList, type NamedObject, type Values } from './document';
import { isRuleNumber } from './ips';
import { isHostName, parseAddress } from './literals';
import { sameValue } from './same_value';

export type SettingValue = boolean | number | string | readonly string[];

export type Setting =
  | { readonly name: string; readonly type: 'boolean'; readonly byDefault: boolean }
  | { readonly name: string; readonly type: 'choice'; readonly byDefault: string; readonly choices: readonly string[] }
  | { readonly name: string; readonly type: 'number'; readonly byDefault: number; readonly maximum: number }
  | {
      readonly name: string; readonly type: 'list'; readonly byDefault: readonly string[]; readonly most: number;
      /** All values that there are; without it any that `accepts` takes. */
      readonly known?: readonly string[]; readonly accepts: (text: string) => boolean;
    };

export const formSections = ['ips', 'web_reputation', 'callbacks', 'dns', 'applications'] as const;
export type FormSection = (typeof formSections)[number];

const safeSearches = ['google', 'bing', 'duckduckgo', 'youtube', 'youtube_strict', 'brave', 'ecosia', 'qwant', 'yandex', 'pixabay'] as const;

const maxQuarantineSeconds = 7 * 24 * 3600;
const maxRules = 10_000;

/** "2019401=600". */
function isRuleSeconds(text: string): boolean {
  const [rule, seconds, ...more] = text.split('=').map((part) => part.trim());
  return more.length === 0 && isRuleNumber(rule) && /^\d{1,6}$/.test(seconds ?? '') && Number(seconds) <= maxQuarantineSeconds;
}

/** "all from 192.0.2.0/24", "2019401 from office to 10.0.0.1"; whether an object has the name is the console's to say. */
function isRuleTraffic(text: string): boolean {
  const found = /^\s*(\S+)(?: from .*\S)?(?: to .*\S)?\s*$/.exec(text);
  return found !== null && (found[1] === 'all' || isRuleNumber(found[1])) && / (?:from|to) /.test(text);
}

export const settingsOf: Readonly<Record<FormSection, readonly Setting[]>> = {
  ips: [
    { name: 'quarantine_seconds', type: 'number', byDefault: 0, maximum: maxQuarantineSeconds },
    { name: 'quarantine_rules', type: 'list', byDefault: [], most: maxRules, accepts: isRuleSeconds },
    { name: 'capture_seconds_after', type: 'number', byDefault: 0, maximum: 600 },
    { name: 'capture_packets_before', type: 'number', byDefault: 16, maximum: 64 },
    { name: 'capture_rules', type: 'list', byDefault: [], most: maxRules, accepts: isRuleNumber },
    { name: 'excluded_traffic', type: 'list', byDefault: [], most: 1000, accepts: isRuleTraffic },
    { name: 'monitored_traffic', type: 'list', byDefault: [], most: 1000, accepts: isRuleTraffic },
    { name: 'protocol_records', type: 'choice', byDefault: 'none', choices: ['none', 'files', 'all'] },
    { name: 'on_failure', type: 'choice', byDefault: 'block', choices: ['block', 'pass'] },
  ],
  web_reputation: [
    { name: 'enabled', type: 'boolean', byDefault: true },
    { name: 'sensitivity', type: 'choice', byDefault: 'medium', choices: ['low', 'medium', 'high'] },
    { name: 'action', type: 'choice', byDefault: 'block', choices: ['block', 'monitor'] },
    { name: 'on_failure', type: 'choice', byDefault: 'pass', choices: ['pass', 'block'] },
    { name: 'wait_ms', type: 'number', byDefault: 500, maximum: 2000 },
  ],
  callbacks: [
    { name: 'enabled', type: 'boolean', byDefault: true },
    { name: 'action', type: 'choice', byDefault: 'block', choices: ['block', 'reset', 'monitor'] },
    { name: 'sensitivity', type: 'choice', byDefault: 'medium', choices: ['low', 'medium', 'high'] },
    { name: 'block_detected', type: 'boolean', byDefault: false },
    { name: 'sinkhole', type: 'list', byDefault: [], most: 2, accepts: (text) => parseAddress(text) !== undefined },
    { name: 'excluded_hosts', type: 'list', byDefault: [], most: 10_000, accepts: isHostName },
  ],
  dns: [
    { name: 'url_filter', type: 'boolean', byDefault: false },
    { name: 'safe_search', type: 'list', byDefault: [], most: safeSearches.length, known: safeSearches, accepts: (text) => (safeSearches as readonly string[]).includes(text) },
    { name: 'ech', type: 'choice', byDefault: 'allow', choices: ['allow', 'strip', 'block'] },
    { name: 'ech_names', type: 'list', byDefault: ['cloudflare-ech.com'], most: 1000, accepts: (text) => text === '*' || isHostName(text) },
    { name: 'encrypted_dns', type: 'choice', byDefault: 'pass', choices: ['pass', 'block'] },
  ],
  applications: [{ name: 'evasion', type: 'choice', byDefault: 'log', choices: ['off', 'log', 'block'] }],
};

/** By section and setting, with the defaults of what the profile does not say. */
export type SectionsForm = Readonly<Record<FormSection, Readonly<Record<string, SettingValue>>>>;

function sectionOf(profile: NamedObject, section: FormSection): Readonly<Record<string, unknown>> {
  const value = profile[section];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function valueOf(setting: Setting, written: unknown): SettingValue {
  if (written === undefined) return setting.byDefault;
  if (setting.type === 'list') return toList(written as Values);
  return written as SettingValue;
}

export function toSectionsForm(profile: NamedObject): SectionsForm {
  const form = (section: FormSection) =>
    Object.fromEntries(settingsOf[section].map((setting) => [setting.name, valueOf(setting, sectionOf(profile, section)[setting.name])]));
  return { ips: form('ips'), web_reputation: form('web_reputation'), callbacks: form('callbacks'), dns: form('dns'), applications: form('applications') };
}

/** Only what differs from the profile is written, so that nothing else of it is a difference. */
export function fromSectionsForm(form: SectionsForm, was: NamedObject): NamedObject {
  const before = toSectionsForm(was);
  const changed: Record<string, unknown> = { ...was };
  for (const section of formSections) {
    const written = settingsOf[section].filter(({ name }) => !sameValue(form[section][name], before[section][name])).map(({ name }) => [name, form[section][name]] as const);
    if (written.length > 0) changed[section] = { ...sectionOf(was, section), ...Object.fromEntries(written) };
  }
  return changed as NamedObject;
}

export type SettingMistakeCode = 'wrong_value' | 'too_many' | 'not_a_number' | 'two_of_a_family';

export interface SettingMistake {
  readonly section: FormSection;
  readonly setting: string;
  readonly code: SettingMistakeCode;
  readonly value: string;
}

function mistakeIn(setting: Setting, value: SettingValue | undefined): Pick<SettingMistake, 'code' | 'value'> | undefined {
  if (setting.type === 'number') {
    const good = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= setting.maximum;
    return good ? undefined : { code: 'not_a_number', value: String(setting.maximum) };
  }
  if (setting.type !== 'list') return undefined;
  const list = Array.isArray(value) ? (value as readonly string[]) : [];
  const wrong = list.find((text) => !setting.accepts(text));
  if (wrong !== undefined) return { code: 'wrong_value', value: wrong };
  const added = list.filter((text) => !setting.byDefault.includes(text));
  if (added.length > setting.most) return { code: 'too_many', value: String(setting.most) };
  const families = setting.name === 'sinkhole' ? list.map((text) => parseAddress(text)?.length) : [];
  return new Set(families).size < families.length ? { code: 'two_of_a_family', value: '' } : undefined;
}

export function validateSections(form: SectionsForm): SettingMistake[] {
  return formSections.flatMap((section) => settingsOf[section].flatMap((setting) => {
    const mistake = mistakeIn(setting, form[section][setting.name]);
    return mistake ? [{ section, setting: setting.name, ...mistake }] : [];
  }));
}
