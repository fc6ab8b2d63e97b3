import type { NamedSection } from '../../policy/objects';

/** How the objects of a section are called: keys below `difference_subject`. */
export const subjectOfSection = {
  addresses: 'address_object', fqdns: 'fqdn_object', macs: 'mac_object', services: 'service_object',
  url_categories: 'url_category', applications: 'application', users: 'user',
} as const satisfies Record<NamedSection, string>;
