import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { api, apiBase, unwrap } from './client';
import { useDiagnostic } from './gateways';
import type { NewAuthority, OwnAuthority } from './types';

export type AuthorityChange = { regenerate: NewAuthority } | { import: OwnAuthority };

/** What clients install; its name is always the same. */
export function certificateUrl(tenant: string, gateway: string): string {
  return `${apiBase}/tenants/${tenant}/gateways/${gateway}/certificate`;
}

/** Puts another authority in the place of a gateway's: asked here, done by the box, which answers over its connection. */
export function useAuthorityChange(tenant: string, gateway: string) {
  const cache = useQueryClient();
  const start = useMutation({
    mutationFn: (change: AuthorityChange) => {
      const params = { params: { path: { tenant, gateway } } };
      return 'import' in change
        ? unwrap(api.POST('/tenants/{tenant}/gateways/{gateway}/certificate/import', { ...params, body: change.import }))
        : unwrap(api.POST('/tenants/{tenant}/gateways/{gateway}/certificate/regeneration', { ...params, body: change.regenerate }));
    },
    gcTime: 0, // it may be a private key: kept no longer than the dialog is open
  });
  const answer = useDiagnostic(tenant, gateway, start.data?.id);
  const state = start.data === undefined ? undefined : (answer.data?.state ?? 'waiting');
  useEffect(() => {
    if (state === 'done') void cache.invalidateQueries({ queryKey: ['gateways', tenant] });
  }, [state, cache, tenant]);
  return {
    start: start.mutate,
    busy: start.isPending || (state === 'waiting' && !answer.error),
    done: state === 'done',
    error: start.error ?? answer.error,
    refusal: state === 'failed' ? answer.data?.message : undefined,
  };
}
