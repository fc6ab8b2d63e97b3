import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, unwrap } from './client';
import type { paths } from './generated/schema';

export type BandwidthQuery = NonNullable<paths['/tenants/{tenant}/bandwidth']['get']['parameters']['query']>;
export type BandwidthBy = NonNullable<BandwidthQuery['by']>;

/** Of the last `seconds`, until now; asked for again every minute, as gateways tell it. */
export function useBandwidth(tenant: string, seconds: number, filter: Omit<BandwidthQuery, 'from' | 'to'>) {
  return useQuery({
    queryKey: ['bandwidth', tenant, seconds, filter],
    queryFn: () => {
      const to = Date.now();
      const query = { ...filter, from: to - seconds * 1000, to };
      return unwrap(api.GET('/tenants/{tenant}/bandwidth', { params: { path: { tenant }, query } }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}
