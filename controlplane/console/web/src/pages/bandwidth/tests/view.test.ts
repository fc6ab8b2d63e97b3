import { describe, expect, test } from 'vitest';

import { barsOf, drillDown, readView, toQuery, writeView } from '../view';

describe('a view', () => {
  test('is in the address and comes back from it', () => {
    const view = readView(new URLSearchParams('by=user&period=week&gateway=g&application=Zoom'));
    expect(view).toEqual({ by: 'user', period: 'week', gateway: 'g', only: { address: '', user: '', application: 'Zoom', category: '' } });
    expect(readView(writeView(view))).toEqual(view);
    expect(toQuery(view)).toEqual({ by: 'user', limit: 50, gateway: 'g', application: 'Zoom' });
  });

  test('is that of addresses in the last hour where the address says nothing or nonsense', () => {
    expect(readView(new URLSearchParams('by=shoe&period=age'))).toMatchObject({ by: 'address', period: 'hour' });
  });

  test('leads to what makes up a row', () => {
    const addresses = readView(new URLSearchParams());
    const applications = drillDown(addresses, '192.0.2.1');
    expect(applications).toMatchObject({ by: 'application', only: { address: '192.0.2.1' } });
    expect(drillDown(applications, 'Zoom')).toMatchObject({ by: 'address', only: { address: '192.0.2.1', application: 'Zoom' } });
  });
});

describe('bars', () => {
  const minute = (n: number) => ({ begin: n * 60_000, end: (n + 1) * 60_000, bytes_in: 10, bytes_out: 1 });

  test('have every byte, however many they are', () => {
    const times = Array.from({ length: 150 }, (_, n) => minute(n));
    const bars = barsOf(times, 60);
    expect(bars.length).toBe(60);
    expect(bars.reduce((sum, bar) => sum + bar.bytes_in, 0)).toBe(1500);
    expect(barsOf([minute(3), minute(4)], 60).map((bar) => bar.bytes_out)).toEqual([1, 1]);
    expect(barsOf([], 60)).toEqual([]);
  });
});
