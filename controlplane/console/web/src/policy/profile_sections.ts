// The sections of a security profile as lists of settings that the page has a field for each. The settings are those of config/policy's
// profile_settings.cc; what is not here is kept as it is. Of `ips`, ips.ts has what says which rules are used, and how.
import { toList, type ContentKind, type NamedObject, type Values } from './document';
import { isRuleNumber } from './ips';
import { isHostName, parseAddress } from './literals';
import { sameValue } from './same_value';

export type SettingValue = boolean | number | string | readonly string[];

/** `needs`: the setting, of the same section, without which this one says nothing. */
export type Setting = { readonly needs?: string } & (
  | { readonly name: string; readonly type: 'boolean'; readonly byDefault: boolean }
  | { readonly name: string; readonly type: 'choice'; readonly byDefault: string; readonly choices: readonly string[] }
  | { readonly name: string; readonly type: 'number'; readonly byDefault: number; readonly minimum?: number; readonly maximum: number }
  /** Names of a catalogue, whole applications or categories, as rules have them. */
  | { readonly name: string; readonly type: 'content'; readonly kind: ContentKind; readonly byDefault: readonly string[]; readonly most: number }
  | {
      readonly name: string; readonly type: 'list'; readonly byDefault: readonly string[]; readonly most: number;
      /** All values that there are; without it any that `accepts` takes. */
      readonly known?: readonly string[]; readonly accepts: (text: string) => boolean;
    });

export const formSections = ['ips', 'anti_malware', 'https_decryption', 'web_reputation', 'callbacks', 'dns', 'applications'] as const;
export type FormSection = (typeof formSections)[number];

const safeSearches = ['google', 'bing', 'duckduckgo', 'youtube', 'youtube_strict', 'brave', 'ecosia', 'qwant', 'yandex', 'pixabay'] as const;

const unscannedExtensions = ['png', 'gif', 'jpg', 'mp3', 'mp4', 'avi', 'mov', 'wmv'] as const;

const isPort = (text: string) => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
const isExtension = (text: string) => /^[a-z\d]{1,16}$/i.test(text);

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
  anti_malware: [
    { name: 'enabled', type: 'boolean', byDefault: true },
    { name: 'action', type: 'choice', byDefault: 'block', choices: ['block', 'monitor'] },
    { name: 'machine_learning', type: 'boolean', byDefault: false },
    { name: 'machine_learning_sensitivity', type: 'choice', byDefault: 'medium', choices: ['low', 'medium', 'high'], needs: 'machine_learning' },
    { name: 'machine_learning_action', type: 'choice', byDefault: 'block', choices: ['block', 'monitor'], needs: 'machine_learning' },
    { name: 'excluded_extensions', type: 'list', byDefault: unscannedExtensions, most: 256, accepts: isExtension },
    { name: 'encrypted_archives', type: 'choice', byDefault: 'pass', choices: ['pass', 'block'] },
    { name: 'archive_bombs', type: 'choice', byDefault: 'block', choices: ['pass', 'block'] },
    { name: 'max_file_megabytes', type: 'number', byDefault: 50, minimum: 1, maximum: 100 },
    { name: 'large_files', type: 'choice', byDefault: 'pass', choices: ['pass', 'block'] },
    { name: 'on_scan_failure', type: 'choice', byDefault: 'pass', choices: ['pass', 'block'] },
  ],
  https_decryption: [
    { name: 'enabled', type: 'boolean', byDefault: false },
    { name: 'ports', type: 'list', byDefault: ['443', '8443'], most: 5, accepts: isPort },
    { name: 'exempt_known_hosts', type: 'boolean', byDefault: true },
    { name: 'exempt_hosts', type: 'list', byDefault: [], most: 10_000, accepts: isHostName },
    { name: 'exempt_categories', type: 'content', kind: 'url_categories', byDefault: ['banking', 'finance', 'government', 'health'], most: 256 },
    { name: 'exempt_applications', type: 'content', kind: 'applications', byDefault: [], most: 256 },
    { name: 'smart_bypass', type: 'boolean', byDefault: false },
    { name: 'smart_bypass_minutes', type: 'number', byDefault: 1440, minimum: 1, maximum: 43_200, needs: 'smart_bypass' },
    { name: 'untrusted_origin', type: 'choice', byDefault: 'show', choices: ['show', 'refuse', 'trust'] },
    { name: 'not_tls', type: 'choice', byDefault: 'pass', choices: ['pass', 'block'] },
    { name: 'encrypted_client_hello', type: 'choice', byDefault: 'pass', choices: ['pass', 'block'] },
    { name: 'on_failure', type: 'choice', byDefault: 'pass', choices: ['pass', 'block'] },
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
  if (setting.type === 'list' || setting.type === 'content') return toList(written as Values);
  return written as SettingValue;
}

export function toSectionsForm(profile: NamedObject): SectionsForm {
  const form = (section: FormSection) =>
    Object.fromEntries(settingsOf[section].map((setting) => [setting.name, valueOf(setting, sectionOf(profile, section)[setting.name])]));
  return Object.fromEntries(formSections.map((section) => [section, form(section)])) as SectionsForm;
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

export type SettingMistakeCode = 'wrong_value' | 'too_many' | 'not_a_number' | 'not_in_range' | 'two_of_a_family' | 'port_of_mail';

export interface SettingMistake {
  readonly section: FormSection;
  readonly setting: string;
  readonly code: SettingMistakeCode;
  readonly value: string;
}

type Found = Pick<SettingMistake, 'code' | 'value'> | undefined;

function mistakeInNumber({ minimum = 0, maximum }: Extract<Setting, { type: 'number' }>, value: SettingValue | undefined): Found {
  if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return undefined;
  return minimum === 0 ? { code: 'not_a_number', value: String(maximum) } : { code: 'not_in_range', value: `${minimum} - ${maximum}` };
}

function mistakeInList(setting: Extract<Setting, { type: 'list' | 'content' }>, list: readonly string[]): Found {
  const wrong = setting.type === 'list' ? list.find((text) => !setting.accepts(text)) : undefined;
  if (wrong !== undefined) return { code: 'wrong_value', value: wrong };
  const added = list.filter((text) => !setting.byDefault.includes(text));
  if (added.length > setting.most) return { code: 'too_many', value: String(setting.most) };
  const families = setting.name === 'sinkhole' ? list.map((text) => parseAddress(text)?.length) : [];
  return new Set(families).size < families.length ? { code: 'two_of_a_family', value: '' } : undefined;
}

const portsOfMail = { smtps_ports: 465, pop3s_ports: 995, imaps_ports: 993 } as const;

/** A port of two protocols would make decryption guess (R087). The page shows no settings of mail: those that the profile has. */
function mistakeInPorts(list: readonly string[], profile: NamedObject): Found {
  const mail = (profile.mail ?? {}) as Readonly<Record<string, Values | undefined>>;
  const taken = Object.entries(portsOfMail).flatMap(([setting, byDefault]) => toList(mail[setting] === undefined ? byDefault : mail[setting]));
  const both = list.find((port) => taken.includes(port));
  return both === undefined ? undefined : { code: 'port_of_mail', value: both };
}

function mistakeIn(setting: Setting, value: SettingValue | undefined): Found {
  if (setting.type === 'number') return mistakeInNumber(setting, value);
  if (setting.type !== 'list' && setting.type !== 'content') return undefined;
  return mistakeInList(setting, Array.isArray(value) ? (value as readonly string[]) : []);
}

/** `profile`: what the form was made from. */
export function validateSections(form: SectionsForm, profile: NamedObject): SettingMistake[] {
  const mistakes = formSections.flatMap((section) => settingsOf[section].flatMap((setting): SettingMistake[] => {
    const mistake = mistakeIn(setting, form[section][setting.name]);
    return mistake ? [{ section, setting: setting.name, ...mistake }] : [];
  }));
  const ports = mistakeInPorts((form.https_decryption.ports ?? []) as readonly string[], profile);
  return ports ? [...mistakes, { section: 'https_decryption', setting: 'ports', ...ports }] : mistakes;
}
