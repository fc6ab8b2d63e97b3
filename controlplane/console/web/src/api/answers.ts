import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from './client';
import { GatewayError } from './errors';
import type { Diagnostic, DiagnosticOp } from './types';

export type Answer = Readonly<Record<string, unknown>>;

export interface Spared {
  readonly client: string;
  readonly host: string;
}

const pollMilliseconds = 500;

/** The gateway's answer to a question that it was asked; thrown as GatewayError where it refuses. */
async function answerTo(tenant: string, gateway: string, asked: Diagnostic, signal?: AbortSignal): Promise<Answer> {
  let told = asked;
  while (told.state === 'waiting') {
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
    signal?.throwIfAborted();
    const params = { path: { tenant, gateway, diagnostic: asked.id } };
    told = await unwrap(api.GET('/tenants/{tenant}/gateways/{gateway}/diagnostics/{diagnostic}', { params }));
  }
  if (told.state === 'failed') throw new GatewayError(told.message ?? '');
  return told.result ?? {};
}

const keyOf = (tenant: string, gateway: string, op: DiagnosticOp) => ['answer', tenant, gateway, op];

/** What the gateway answers to `op`, asked once and whenever it is fetched again. */
export function useAnswer(tenant: string, gateway: string, op: DiagnosticOp) {
  return useQuery({
    queryKey: keyOf(tenant, gateway, op),
    queryFn: async ({ signal }) => {
      const params = { path: { tenant, gateway } };
      const asked = await unwrap(api.POST('/tenants/{tenant}/gateways/{gateway}/diagnostics', { params, body: { op } }));
      return answerTo(tenant, gateway, asked, signal);
    },
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

/** Decrypts a client's connections to a host again, or with `all` everything that smart bypass spares. */
export function useSparedRemoval(tenant: string, gateway: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (what: Spared | 'all') => {
      const params = { path: { tenant, gateway } };
      const asked = what === 'all'
        ? await unwrap(api.POST('/tenants/{tenant}/gateways/{gateway}/smart-bypasses/clearing', { params }))
        : await unwrap(api.POST('/tenants/{tenant}/gateways/{gateway}/smart-bypasses/removal', { params, body: { client: what.client, host: what.host } }));
      return answerTo(tenant, gateway, asked);
    },
    onSettled: () => cache.invalidateQueries({ queryKey: keyOf(tenant, gateway, 'tls.bypasses.list') }),
  });
}
