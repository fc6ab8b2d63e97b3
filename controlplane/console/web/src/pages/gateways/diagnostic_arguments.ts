import type { DiagnosticOp } from '../../api/types';

export interface DiagnosticField {
  readonly name: 'address' | 'port' | 'protocol' | 'limit' | 'source' | 'source_port' | 'destination' | 'destination_port' | 'from'
    | 'application' | 'filter' | 'seconds' | 'packets';
  readonly number?: boolean;
  readonly required?: boolean;
}

/** What may be said with each operation, as the gateway's own commands take it. */
export const diagnosticFields: Readonly<Record<DiagnosticOp, readonly DiagnosticField[]>> = {
  status: [],
  ports: [],
  policy: [],
  counters: [],
  log: [],
  'tls.bypasses.list': [],
  flows: [{ name: 'address' }, { name: 'port', number: true }, { name: 'protocol' }, { name: 'limit', number: true }],
  explain: [
    { name: 'source', required: true },
    { name: 'source_port', number: true },
    { name: 'destination', required: true },
    { name: 'destination_port', number: true },
    { name: 'protocol' },
    { name: 'from' },
    { name: 'application' },
  ],
  capture: [{ name: 'filter' }, { name: 'seconds', number: true }, { name: 'packets', number: true }],
};

/** Empty fields are left out. The filter of flows is an object of its own, as on the gateway's socket. */
export function toArguments(op: DiagnosticOp, texts: Readonly<Record<string, string>>): Record<string, unknown> {
  const entries = diagnosticFields[op]
    .map(({ name, number }) => [name, (texts[name] ?? '').trim(), number] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text, number]) => [name, number ? Number(text) : text] as const);
  if (op !== 'flows') return Object.fromEntries(entries);
  const filter = Object.fromEntries(entries.filter(([name]) => name !== 'limit'));
  return { ...(Object.keys(filter).length > 0 ? { filter } : {}), ...Object.fromEntries(entries.filter(([name]) => name === 'limit')) };
}
