import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import type { PolicyDocument } from '../policy/document';
import { api, unwrap } from './client';
import type { Draft, Policy } from './types';

/** A draft whose policy is read as the page's own view of it (see policy/document.ts). */
export type PolicyDraft = Omit<Draft, 'policy'> & { policy: PolicyDocument };

const asDraft = (draft: Draft) => draft as unknown as PolicyDraft;
const asPolicy = (policy: PolicyDocument) => policy as unknown as Policy;

export async function fetchDraft(tenant: string, group: string): Promise<PolicyDraft> {
  return asDraft(await unwrap(api.GET('/tenants/{tenant}/groups/{group}/draft', { params: { path: { tenant, group } } })));
}

export function useDraft(tenant: string, group: string | undefined) {
  return useQuery({
    queryKey: ['draft', tenant, group],
    queryFn: () => fetchDraft(tenant, group ?? ''),
    enabled: group !== undefined,
    // What the user edits is a copy of one revision; a newer one is noticed when it is saved.
    refetchOnWindowFocus: false,
  });
}

export function useSaveDraft(tenant: string, group: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ policy, revision }: { policy: PolicyDocument; revision: number }) =>
      asDraft(
        await unwrap(
          api.PUT('/tenants/{tenant}/groups/{group}/draft', {
            params: { path: { tenant, group }, header: { 'If-Match': `"${revision}"` } },
            body: { policy: asPolicy(policy) },
          }),
        ),
      ),
    onSuccess: async (draft) => {
      cache.setQueryData(['draft', tenant, group], draft);
      await cache.invalidateQueries({ queryKey: ['changes', tenant] });
      await cache.invalidateQueries({ queryKey: ['groups', tenant] });
    },
  });
}

/** What was saved and not delivered yet; asked for on every page, as the banner is on every page (R062). */
export function useChanges(tenant: string) {
  return useQuery({
    queryKey: ['changes', tenant],
    queryFn: () => unwrap(api.GET('/tenants/{tenant}/changes', { params: { path: { tenant } } })),
    refetchInterval: 15_000,
  });
}
