import type { ValueSection } from '../../policy/objects';

/** How the objects of a section are called: keys below `difference_subject`. */
export const subjectOfSection = {
  addresses: 'address_object', fqdns: 'fqdn_object', macs: 'mac_object', services: 'service_object',
} as const satisfies Record<ValueSection, string>;
