// An own application as the fields of its form, and what is wrong with them.
import { nameOf, objectNames, toList, type NamedObject, type PolicyDocument, type Values } from './document';
import { isAddressLiteral, isHostName, isServiceLiteral } from './literals';
import { nameMistake, valuesIn, type ObjectMistakeCode } from './object_form';
import { sameValue } from './same_value';

export interface ServerForm {
  readonly addresses: readonly string[];
  readonly services: readonly string[];
}

export interface ApplicationForm {
  readonly name: string;
  readonly title: string;
  readonly category: string;
  readonly risk: number;
  /** One on a line, or several with commas between them. */
  readonly hosts: string;
  readonly servers: readonly ServerForm[];
}

export interface ApplicationMistake {
  readonly field: 'name' | 'title' | 'hosts' | 'servers';
  readonly code: ObjectMistakeCode | 'nothing_tells' | 'server_is_empty' | 'not_tcp_or_udp' | 'name_with_slash' | 'name_of_a_category' | 'name_of_the_catalogue';
  readonly value?: string;
  /** Which of the servers. */
  readonly server?: number;
}

export const ownApplicationCategory = 'custom';
export const risks = [1, 2, 3, 4, 5] as const;

const maxTitleLength = 80; // as the policy's reader has it

const listOf = (object: NamedObject | undefined, field: string) => toList(object?.[field] as Values | undefined);
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
const withoutAny = (values: readonly string[]) => (values.length === 1 && values[0] === 'any' ? [] : [...values]);

function serversOf(object: NamedObject | undefined): ServerForm[] {
  if (!Array.isArray(object?.servers)) return [];
  return (object.servers as NamedObject[]).map((server) => ({ addresses: withoutAny(listOf(server, 'addresses')), services: withoutAny(listOf(server, 'services')) }));
}

export function toApplicationForm(object: NamedObject | undefined): ApplicationForm {
  return {
    name: object ? nameOf(object) : '', title: textOf(object?.title), category: textOf(object?.category) || ownApplicationCategory,
    risk: typeof object?.risk === 'number' ? object.risk : 1, hosts: listOf(object, 'hosts').join('\n'), servers: serversOf(object),
  };
}

/** Fields that were not touched keep their spelling; what has its default or is empty is left out. */
export function fromApplicationForm(form: ApplicationForm, was: NamedObject | undefined): NamedObject {
  const name = form.name.trim();
  const before = toApplicationForm(was);
  const changed: Record<string, unknown> = { ...was, name: was && nameOf(was) === name ? was.name : name };
  const put = (field: string, untouched: boolean, value: unknown) => {
    if (untouched) return;
    if (value === undefined) delete changed[field];
    else changed[field] = value;
  };
  const hosts = valuesIn(form.hosts);
  put('title', form.title.trim() === before.title, form.title.trim() || undefined);
  put('category', form.category === before.category, form.category === ownApplicationCategory ? undefined : form.category);
  put('risk', form.risk === before.risk, form.risk === 1 ? undefined : form.risk);
  put('hosts', sameValue(hosts, valuesIn(before.hosts)), hosts.length === 0 ? undefined : hosts);
  const servers = form.servers.map(({ addresses, services }) => ({
    ...(addresses.length > 0 && { addresses }), ...(services.length > 0 && { services }),
  }));
  put('servers', sameValue(form.servers, before.servers), servers.length === 0 ? undefined : servers);
  return changed as NamedObject;
}

function serverMistake(policy: PolicyDocument, { addresses, services }: ServerForm): Pick<ApplicationMistake, 'code' | 'value'> | undefined {
  if (addresses.length === 0 && services.length === 0) return { code: 'server_is_empty' };
  const addressNames = new Set(objectNames(policy, 'addresses'));
  const serviceNames = new Set(objectNames(policy, 'services'));
  const address = addresses.find((text) => !addressNames.has(text) && !isAddressLiteral(text));
  if (address !== undefined) return { code: 'not_an_address', value: address };
  const service = services.find((text) => !serviceNames.has(text) && !isServiceLiteral(text));
  if (service !== undefined) return { code: 'not_a_service', value: service };
  const other = services.find((text) => !serviceNames.has(text) && !/^(tcp|udp)\//i.test(text));
  return other === undefined ? undefined : { code: 'not_tcp_or_udp', value: other };
}

function applicationNameMistake(policy: PolicyDocument, name: string, original: string, isOfCatalogue: (name: string) => boolean): ApplicationMistake['code'] | undefined {
  if (name.includes('/')) return 'name_with_slash';
  if (name.startsWith('category:')) return 'name_of_a_category';
  return nameMistake(policy, 'applications', name, original) ?? (isOfCatalogue(name) ? 'name_of_the_catalogue' : undefined);
}

/** `original`: the name before; empty for a new one. `isOfCatalogue`: whether an application that comes with the product is called so. */
export function validateApplication(
  policy: PolicyDocument, form: ApplicationForm, original: string, isOfCatalogue: (name: string) => boolean = () => false,
): ApplicationMistake[] {
  const mistakes: ApplicationMistake[] = [];
  const code = applicationNameMistake(policy, form.name.trim(), original, isOfCatalogue);
  if (code) mistakes.push({ field: 'name', code });
  if ([...form.title.trim()].length > maxTitleLength) mistakes.push({ field: 'title', code: 'title_too_long' });
  const hosts = valuesIn(form.hosts);
  const wrong = hosts.find((host) => !isHostName(host));
  if (wrong !== undefined) mistakes.push({ field: 'hosts', code: 'not_a_host_name', value: wrong });
  else if (hosts.length === 0 && form.servers.length === 0) mistakes.push({ field: 'hosts', code: 'nothing_tells' });
  form.servers.forEach((server, index) => {
    const mistake = serverMistake(policy, server);
    if (mistake) mistakes.push({ field: 'servers', server: index, ...mistake });
  });
  return mistakes;
}
