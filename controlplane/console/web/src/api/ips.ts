import { useMutation } from '@tanstack/react-query';

import { api, unwrap } from './client';

/** What the gateways' own rule parser makes of a text of IPS rules; nothing is saved. */
export function useCheckIpsRules(tenant: string) {
  return useMutation({
    mutationFn: (text: string) =>
      unwrap(api.POST('/tenants/{tenant}/ips-rules/check', { params: { path: { tenant } }, body: { text } })),
  });
}
