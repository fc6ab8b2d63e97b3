// Where besides its rules a policy names its objects (R056): users' places, servers of own applications, traffic that
// a profile's IPS leaves alone.
import { nameOf, toList, type NamedObject, type PolicyDocument, type Values } from './document';
import { objectsOf, renameInRules, rulesWith, withObjects, type NamedSection } from './objects';

type Rename = (values: unknown) => unknown;
interface Owner {
  readonly object: NamedObject;
  /** The object with every name of this section replaced. */
  readonly with: (rename: Rename) => NamedObject;
}

// "all from scanner", "2019401 to 10.0.0.0/24", "all from a to b", as config/policy/src/ips_settings.cc reads them.
const traffic = /^(\S+)(?: from (.*?))?(?: to (.*))?$/;
const trafficFields = ['excluded_traffic', 'monitored_traffic'] as const;

function withFields(object: NamedObject, fields: readonly string[], rename: Rename): NamedObject {
  const changed: Record<string, unknown> = { ...object };
  for (const field of fields) if (object[field] !== undefined) changed[field] = rename(object[field]);
  return changed as NamedObject;
}

function applicationWith(application: NamedObject, field: string, rename: Rename): NamedObject {
  if (!Array.isArray(application.servers)) return application;
  return { ...application, servers: (application.servers as NamedObject[]).map((server) => withFields(server, [field], rename)) };
}

function trafficWith(line: string, rename: Rename): string {
  const [, rule, source, destination] = traffic.exec(line) ?? [];
  if (rule === undefined) return line;
  const place = (word: string, name: string | undefined) => (name === undefined ? '' : ` ${word} ${String(rename(name.trim()))}`);
  return rule + place('from', source) + place('to', destination);
}

function profileWith(profile: NamedObject, rename: Rename): NamedObject {
  const ips = profile.ips as NamedObject | null | undefined;
  if (ips === null || typeof ips !== 'object') return profile;
  return { ...profile, ips: withFields(ips, trafficFields, (lines) => toList(lines as Values).map((line) => trafficWith(line, rename))) };
}

/** What can name objects of a section, with how. */
function ownersIn(policy: PolicyDocument, section: NamedSection): Record<'users' | 'applications' | 'profiles', Owner[]> {
  const users = section === 'addresses' || section === 'macs' ? (policy.users ?? []) : [];
  const applications = section === 'addresses' || section === 'services' ? objectsOf(policy, 'applications') : [];
  const profiles = section === 'addresses' ? (policy.profiles ?? []) : [];
  return {
    users: users.map((object) => ({ object, with: (rename) => withFields(object, [section], rename) })),
    applications: applications.map((object) => ({ object, with: (rename) => applicationWith(object, section, rename) })),
    profiles: profiles.map((object) => ({ object, with: (rename) => profileWith(object, rename) })),
  };
}

function renaming(from: string, to: string): Rename {
  return (values) => {
    const list = toList(values as Values | undefined);
    if (!list.includes(from)) return values;
    if (typeof values === 'string' && list.length === 1) return to;
    return list.map((value) => (value === from ? to : value));
  };
}

function names(owner: Owner, name: string): boolean {
  let found = false;
  owner.with((values) => {
    found ||= toList(values as Values | undefined).includes(name);
    return values;
  });
  return found;
}

/** The names of what an object is in: rules first, then users, applications and profiles. */
export function referrersTo(policy: PolicyDocument, section: NamedSection, name: string): string[] {
  const owners = Object.values(ownersIn(policy, section)).flat();
  return [...rulesWith(policy, section, name), ...owners.filter((owner) => names(owner, name)).map((owner) => nameOf(owner.object))];
}

/** The policy with another name for an object wherever it is named; what does not name it stays the same. */
export function renameReferences(policy: PolicyDocument, section: NamedSection, from: string, to: string): PolicyDocument {
  if (from === to) return policy;
  const renamed = (owners: Owner[]) => owners.map((owner) => (names(owner, from) ? owner.with(renaming(from, to)) : owner.object));
  const { users, applications, profiles } = ownersIn(policy, section);
  let changed = renameInRules(policy, section, from, to);
  if (users.some((owner) => names(owner, from))) changed = withObjects(changed, 'users', renamed(users));
  if (applications.some((owner) => names(owner, from))) changed = withObjects(changed, 'applications', renamed(applications));
  if (profiles.some((owner) => names(owner, from))) changed = { ...changed, profiles: renamed(profiles) };
  return changed;
}
