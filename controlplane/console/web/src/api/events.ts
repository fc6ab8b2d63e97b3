import { useInfiniteQuery, useQuery } from '@tanstack/react-query';

import { api, unwrap } from './client';
import type { paths } from './generated/schema';

export type EventFilter = Omit<
  NonNullable<paths['/tenants/{tenant}/events']['get']['parameters']['query']>,
  'before' | 'limit'
>;

const pageSize = 100;

/** The newest page asks again every 3 s when `live`; further pages are asked for on demand. */
export function useEvents(tenant: string, filter: EventFilter, live: boolean) {
  return useInfiniteQuery({
    queryKey: ['events', tenant, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => {
      const query = { ...filter, limit: pageSize, ...(pageParam === undefined ? {} : { before: pageParam }) };
      return unwrap(api.GET('/tenants/{tenant}/events', { params: { path: { tenant }, query } }));
    },
    getNextPageParam: (page) => page.next,
    refetchInterval: (query) => (live && (query.state.data?.pages.length ?? 1) === 1 ? 3000 : false),
  });
}

export function useNewestBlocks(tenant: string) {
  return useQuery({
    queryKey: ['newest_blocks', tenant],
    queryFn: async () => {
      const query = { type: 'policy', action: 'block' as const, limit: 10 };
      return (await unwrap(api.GET('/tenants/{tenant}/events', { params: { path: { tenant }, query } }))).events;
    },
    refetchInterval: 5000,
  });
}

/** Of a tenant; undefined: what is no tenant's, for administrators. */
export function useAudit(tenant: string | undefined) {
  return useInfiniteQuery({
    queryKey: ['audit', tenant],
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam }) => {
      const query = { limit: pageSize, ...(pageParam === undefined ? {} : { before: pageParam }) };
      if (tenant === undefined) return (await unwrap(api.GET('/audit', { params: { query } }))).entries;
      return (await unwrap(api.GET('/tenants/{tenant}/audit', { params: { path: { tenant }, query } }))).entries;
    },
    getNextPageParam: (page) => (page.length < pageSize ? undefined : page.at(-1)?.id),
  });
}
