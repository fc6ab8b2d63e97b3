// What a gateway answers about decryption, as far as the page shows it.
import type { Answer, Spared } from '../../api/answers';

/** What became of connections, in the order in which a reader asks. */
export const outcomes = ['opened', 'exempt', 'blocked', 'failed', 'smart_bypasses'] as const;
/** Why connections were not opened, or ended early. */
export const causes = ['not_tls', 'too_long', 'impossible', 'no_room', 'refused', 'unanswered', 'reset_by_policy', 'reset_by_death'] as const;
export const failures = ['client_refused', 'wants_certificate', 'origin_refused', 'not_tls', 'unsupported'] as const;

export type Figure = (typeof outcomes)[number] | (typeof causes)[number];
export type Failure = (typeof failures)[number];

export interface Decryption {
  /** False: no policy ever asked for it. */
  readonly wanted: boolean;
  readonly workers: number;
  /** Of them those that have a decrypting process. */
  readonly attached: number;
  readonly problem: string;
  readonly figures: Readonly<Record<Figure, number>>;
}

export interface SparedPair extends Spared {
  /** One of `failures`, or what a later gateway says. */
  readonly failure: string;
  readonly secondsLeft: number;
}

export interface SparedList {
  readonly pairs: readonly SparedPair[];
  /** How many there are, if more than are told. */
  readonly total: number;
}

function objectIn(value: unknown): Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Answer) : {};
}

const numberIn = (value: unknown) => (typeof value === 'number' ? value : 0);
const textIn = (value: unknown) => (typeof value === 'string' ? value : '');

/** Of the answer to `status`; undefined where its dataplane did not answer. */
export function decryptionOf(status: Answer): Decryption | undefined {
  const dataplane = objectIn(status.dataplane);
  if (!('decryption' in dataplane)) return undefined;
  const told = objectIn(dataplane.decryption);
  const counters = objectIn(status.counters);
  return {
    wanted: dataplane.decryption !== null,
    workers: numberIn(told.workers),
    attached: numberIn(told.attached),
    problem: textIn(told.problem),
    figures: Object.fromEntries([...outcomes, ...causes].map((name) => [name, numberIn(counters[`decryption.${name}`])])) as Record<Figure, number>,
  };
}

/** Of the answer to `tls.bypasses.list`. */
export function sparedOf(answer: Answer): SparedList {
  const told = Array.isArray(answer.bypasses) ? answer.bypasses.map(objectIn) : [];
  const pairs = told.map((one) => ({ client: textIn(one.client), host: textIn(one.host), failure: textIn(one.failure), secondsLeft: numberIn(one.seconds_left) }));
  return { pairs, total: Math.max(pairs.length, numberIn(answer.total)) };
}

export function isFailure(name: string): name is Failure {
  return (failures as readonly string[]).includes(name);
}
