import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from './client';
import type { ContentDatabase, ContentFile } from './types';

/** Packs of IPS rules and which of them each gateway has; asks often while some are on their way. */
export function useContent(tenant: string) {
  return useQuery({
    queryKey: ['content', tenant],
    queryFn: () => unwrap(api.GET('/tenants/{tenant}/content', { params: { path: { tenant } } })),
    refetchInterval: (query) => (query.state.data?.gateways.some(({ state }) => state === 'delivering') ? 1000 : 10_000),
  });
}

export function useCheckPack(tenant: string) {
  return useMutation({
    mutationFn: (files: ContentFile[]) => unwrap(api.POST('/tenants/{tenant}/content/check', { params: { path: { tenant } }, body: { files } })),
  });
}

export function usePackChanges(tenant: string) {
  const cache = useQueryClient();
  const onSettled = () => cache.invalidateQueries({ queryKey: ['content', tenant] });
  return {
    publish: useMutation({
      mutationFn: (body: { name: string; group?: string; notes?: string; files: ContentFile[] }) =>
        unwrap(api.POST('/tenants/{tenant}/content/packs', { params: { path: { tenant } }, body })),
      onSettled,
    }),
    returnTo: useMutation({
      mutationFn: ({ pack, version }: { pack: string; version: number }) =>
        unwrap(api.POST('/tenants/{tenant}/content/packs/{pack}/return', { params: { path: { tenant, pack } }, body: { version } })),
      onSettled,
    }),
    remove: useMutation({
      mutationFn: (pack: string) => unwrap(api.DELETE('/tenants/{tenant}/content/packs/{pack}', { params: { path: { tenant, pack } } })),
      onSettled,
    }),
  };
}

export function useDatabaseChanges(tenant: string) {
  const cache = useQueryClient();
  const onSettled = () => cache.invalidateQueries({ queryKey: ['content', tenant] });
  return {
    publish: useMutation({
      mutationFn: (body: { kind: ContentDatabase['kind']; notes: string; list: string }) =>
        unwrap(api.POST('/tenants/{tenant}/content/databases', { params: { path: { tenant } }, body })),
      onSettled,
    }),
    returnTo: useMutation({
      mutationFn: ({ kind, version }: { kind: ContentDatabase['kind']; version: number }) =>
        unwrap(api.POST('/tenants/{tenant}/content/databases/{kind}/return', { params: { path: { tenant, kind } }, body: { version } })),
      onSettled,
    }),
  };
}
