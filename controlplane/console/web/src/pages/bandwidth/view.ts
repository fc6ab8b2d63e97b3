import type { BandwidthBy, BandwidthQuery } from '../../api/bandwidth';

export const keys = ['address', 'user', 'application', 'category'] as const satisfies readonly BandwidthBy[];

/** The times that can be looked at, in seconds. */
export const periods = { hour: 3600, day: 86_400, week: 7 * 86_400, month: 35 * 86_400 } as const;
export type Period = keyof typeof periods;

/** What is looked at, as the address of the page has it; empty: of all. */
export interface View {
  by: BandwidthBy;
  period: Period;
  gateway: string;
  only: Record<BandwidthBy, string>;
}

export function readView(address: URLSearchParams): View {
  const by = keys.find((key) => key === address.get('by')) ?? 'address';
  const period = (Object.keys(periods) as Period[]).find((one) => one === address.get('period')) ?? 'hour';
  const only = Object.fromEntries(keys.map((key) => [key, address.get(key) ?? ''])) as View['only'];
  return { by, period, gateway: address.get('gateway') ?? '', only };
}

export function writeView(view: View): URLSearchParams {
  const address = new URLSearchParams({ by: view.by, period: view.period });
  if (view.gateway !== '') address.set('gateway', view.gateway);
  for (const key of keys) if (view.only[key] !== '') address.set(key, view.only[key]);
  return address;
}

export function toQuery({ by, gateway, only }: View): Omit<BandwidthQuery, 'from' | 'to'> {
  const chosen = Object.fromEntries(keys.filter((key) => only[key] !== '').map((key) => [key, only[key]]));
  return { by, limit: 50, ...(gateway === '' ? {} : { gateway }), ...chosen };
}

/** What makes up one row: the applications of an address, a user or a category; the addresses of an application. */
export function drillDown(view: View, who: string): View {
  return { ...view, only: { ...view.only, [view.by]: who }, by: view.by === 'application' ? 'address' : 'application' };
}

export interface Bar {
  begin: number;
  end: number;
  bytes_in: number;
  bytes_out: number;
}

/** At most `count` bars of the same length over the times that were told. */
export function barsOf(times: readonly Bar[], count: number): Bar[] {
  const first = times[0];
  if (!first) return [];
  const begin = Math.min(...times.map((time) => time.begin));
  const end = Math.max(...times.map((time) => time.end));
  const length = Math.max((end - begin) / count, 60_000);
  const bars = Array.from({ length: Math.max(1, Math.ceil((end - begin) / length)) }, (_, index): Bar =>
    ({ begin: begin + index * length, end: Math.min(end, begin + (index + 1) * length), bytes_in: 0, bytes_out: 0 }));
  for (const time of times) {
    const bar = bars[Math.min(bars.length - 1, Math.floor(((time.begin + time.end) / 2 - begin) / length))];
    if (!bar) continue;
    bar.bytes_in += time.bytes_in;
    bar.bytes_out += time.bytes_out;
  }
  return bars;
}
