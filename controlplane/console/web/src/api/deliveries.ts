import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from './client';
import type { Changes } from './types';

const pageSize = 50;

interface Revision {
  group: string;
  revision: number;
}

/** The drafts that the user has seen, as deliverAll and returnToVersion want them. */
export function revisionsOf(changes: Changes): Revision[] {
  return changes.groups.map(({ group, revision }) => ({ group, revision }));
}

export function useDeliveries(tenant: string) {
  return useInfiniteQuery({
    queryKey: ['deliveries', tenant],
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam }) => {
      const query = { limit: pageSize, ...(pageParam === undefined ? {} : { before: pageParam }) };
      return (await unwrap(api.GET('/tenants/{tenant}/deliveries', { params: { path: { tenant }, query } }))).deliveries;
    },
    getNextPageParam: (page) => (page.length < pageSize ? undefined : page.at(-1)?.version),
    refetchInterval: (query) =>
      query.state.data?.pages[0]?.some((delivery) => delivery.delivering > 0) ? 2000 : 15_000,
  });
}

export function useLastDelivery(tenant: string) {
  return useQuery({
    queryKey: ['last_delivery', tenant],
    queryFn: async () => {
      const query = { limit: 1 };
      const page = await unwrap(api.GET('/tenants/{tenant}/deliveries', { params: { path: { tenant }, query } }));
      return page.deliveries[0] ?? null;
    },
    refetchInterval: 5000,
  });
}

/** Asks every second while a gateway is still being delivered to (R157). */
export function useDelivery(tenant: string, version: number) {
  return useQuery({
    queryKey: ['delivery', tenant, version],
    queryFn: () =>
      unwrap(api.GET('/tenants/{tenant}/deliveries/{version}', { params: { path: { tenant, version } } })),
    staleTime: 0,
    refetchInterval: (query) => ((query.state.data?.delivering ?? 1) > 0 ? 1000 : false),
  });
}

export function useDeliverAll(tenant: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { revisions: Revision[]; comment?: string }) =>
      unwrap(api.POST('/tenants/{tenant}/deliveries', { params: { path: { tenant } }, body })),
    onSettled: () => invalidateDelivered(cache, tenant),
  });
}

export function useDifferences(tenant: string, version: number, to: number | undefined) {
  return useQuery({
    queryKey: ['differences', tenant, version, to],
    queryFn: () =>
      unwrap(
        api.GET('/tenants/{tenant}/deliveries/{version}/differences', {
          params: { path: { tenant, version }, query: to === undefined ? {} : { to } },
        }),
      ),
    staleTime: 0,
  });
}

export function useReturnToVersion(tenant: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ version, revisions }: { version: number; revisions: Revision[] }) =>
      unwrap(
        api.POST('/tenants/{tenant}/deliveries/{version}/return', {
          params: { path: { tenant, version } },
          body: { revisions },
        }),
      ),
    onSettled: async () => {
      await invalidateDelivered(cache, tenant);
      // Not shown once more while the new ones are fetched.
      cache.removeQueries({ queryKey: ['draft', tenant] });
    },
  });
}

async function invalidateDelivered(cache: ReturnType<typeof useQueryClient>, tenant: string): Promise<void> {
  for (const key of ['changes', 'groups', 'deliveries', 'last_delivery', 'gateways', 'differences']) {
    await cache.invalidateQueries({ queryKey: [key, tenant] });
  }
  await cache.invalidateQueries({ queryKey: ['tenants'] });
}
