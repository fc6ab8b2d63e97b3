import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, apiBase, unwrap } from './client';
import type { DiagnosticOp } from './types';

export function useGateways(tenant: string) {
  return useQuery({
    queryKey: ['gateways', tenant],
    queryFn: async () => (await unwrap(api.GET('/tenants/{tenant}/gateways', { params: { path: { tenant } } }))).gateways,
    refetchInterval: 5000,
  });
}

export function useGatewayChanges(tenant: string) {
  const cache = useQueryClient();
  const onSuccess = async () => {
    await cache.invalidateQueries({ queryKey: ['gateways', tenant] });
    await cache.invalidateQueries({ queryKey: ['groups', tenant] });
  };
  const path = (gateway: string) => ({ params: { path: { tenant, gateway } } });
  return {
    create: useMutation({
      mutationFn: (body: { name: string; group: string }) =>
        unwrap(api.POST('/tenants/{tenant}/gateways', { params: { path: { tenant } }, body })),
      onSuccess,
    }),
    change: useMutation({
      mutationFn: ({ gateway, ...body }: { gateway: string; name?: string; group?: string }) =>
        unwrap(api.PATCH('/tenants/{tenant}/gateways/{gateway}', { ...path(gateway), body })),
      onSuccess,
    }),
    renewActivation: useMutation({
      mutationFn: (gateway: string) =>
        unwrap(api.POST('/tenants/{tenant}/gateways/{gateway}/activation', path(gateway))),
      onSuccess,
    }),
    revoke: useMutation({
      mutationFn: (gateway: string) =>
        unwrap(api.POST('/tenants/{tenant}/gateways/{gateway}/revocation', path(gateway))),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (gateway: string) => unwrap(api.DELETE('/tenants/{tenant}/gateways/{gateway}', path(gateway))),
      onSuccess,
    }),
  };
}

export function useStartDiagnostic(tenant: string, gateway: string) {
  return useMutation({
    mutationFn: (request: { op: DiagnosticOp; arguments: Record<string, unknown> }) => {
      // The document leaves open what arguments an operation has; the generator takes that for none.
      const body = { op: request.op, arguments: request.arguments as Record<string, never> };
      return unwrap(
        api.POST('/tenants/{tenant}/gateways/{gateway}/diagnostics', { params: { path: { tenant, gateway } }, body }),
      );
    },
  });
}

export function useDiagnostic(tenant: string, gateway: string, diagnostic: string | undefined) {
  return useQuery({
    queryKey: ['diagnostic', tenant, gateway, diagnostic],
    queryFn: () =>
      unwrap(
        api.GET('/tenants/{tenant}/gateways/{gateway}/diagnostics/{diagnostic}', {
          params: { path: { tenant, gateway, diagnostic: diagnostic ?? '' } },
        }),
      ),
    enabled: diagnostic !== undefined,
    refetchInterval: (query) => ((query.state.data?.state ?? 'waiting') === 'waiting' ? 700 : false),
  });
}

export function captureFileUrl(tenant: string, gateway: string, diagnostic: string): string {
  return `${apiBase}/tenants/${tenant}/gateways/${gateway}/diagnostics/${diagnostic}/file`;
}
