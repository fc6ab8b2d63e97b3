import { useMutation } from '@tanstack/react-query';

import { api, unwrap } from './client';

/** What the rule parser of a group's gateways makes of a text of IPS rules; nothing is saved. */
export function useCheckIpsRules(tenant: string, group: string) {
  return useMutation({
    mutationFn: (text: string) =>
      unwrap(api.POST('/tenants/{tenant}/groups/{group}/draft/check-ips-rules', { params: { path: { tenant, group } }, body: { text } })),
  });
}
