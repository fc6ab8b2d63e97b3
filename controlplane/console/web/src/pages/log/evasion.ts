import type { Event } from '../../api/types';

export const evasionKinds = ['certificate_mismatch', 'tunnel_mismatch', 'host_mismatch', 'invalid_host', 'invalid_server_name', 'foreign_port'] as const;

export interface Evasion {
  readonly kind: (typeof evasionKinds)[number];
  readonly host: string;
  readonly claimed: string;
  readonly actual: string;
}

/** Of a flow that contradicts itself: whose it is and what it says; undefined of any other event, and of kinds of a later gateway. */
export function evasionOf({ type, eve }: { readonly type: Event['type']; readonly eve: unknown }): Evasion | undefined {
  const evasion = type === 'evasion' ? (eve as { evasion?: Record<string, unknown> }).evasion : undefined;
  const kind = evasionKinds.find((one) => one === evasion?.kind);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return kind === undefined ? undefined : { kind, host: text(evasion?.host), claimed: text(evasion?.claimed), actual: text(evasion?.actual) };
}
