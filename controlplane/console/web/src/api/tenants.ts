import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from './client';
import type { Role } from './types';

export function useTenants(enabled = true) {
  return useQuery({
    queryKey: ['tenants'],
    queryFn: async () => (await unwrap(api.GET('/tenants'))).tenants,
    enabled,
    staleTime: 30_000,
  });
}

export function useCreateTenant() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => unwrap(api.POST('/tenants', { body: { name } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['tenants'] }),
  });
}

export function useRotateSigningKey(tenant: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST('/tenants/{tenant}/signing-key/rotation', { params: { path: { tenant } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['tenants'] }),
  });
}

export function useUsers(tenant: string) {
  return useQuery({
    queryKey: ['users', tenant],
    queryFn: async () => (await unwrap(api.GET('/tenants/{tenant}/users', { params: { path: { tenant } } }))).users,
  });
}

export function useUserChanges(tenant: string) {
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: ['users', tenant] });
  return {
    create: useMutation({
      mutationFn: (body: { login: string; password: string; role: Role }) =>
        unwrap(api.POST('/tenants/{tenant}/users', { params: { path: { tenant } }, body })),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (user: string) =>
        unwrap(api.DELETE('/tenants/{tenant}/users/{user}', { params: { path: { tenant, user } } })),
      onSuccess,
    }),
    setPassword: useMutation({
      mutationFn: ({ user, password }: { user: string; password: string }) =>
        unwrap(api.PUT('/tenants/{tenant}/users/{user}/password', { params: { path: { tenant, user } }, body: { password } })),
    }),
  };
}

/** Everybody of the role provider; for administrators. */
export function useProviders(enabled: boolean) {
  return useQuery({
    queryKey: ['providers'],
    queryFn: async () => (await unwrap(api.GET('/providers'))).users,
    enabled,
  });
}

export function useProviderChanges(tenant: string) {
  const cache = useQueryClient();
  const onSuccess = () => cache.invalidateQueries({ queryKey: ['users', tenant] });
  const path = (user: string) => ({ params: { path: { tenant, user } } });
  return {
    assign: useMutation({
      mutationFn: (user: string) => unwrap(api.PUT('/tenants/{tenant}/providers/{user}', path(user))),
      onSuccess,
    }),
    unassign: useMutation({
      mutationFn: (user: string) => unwrap(api.DELETE('/tenants/{tenant}/providers/{user}', path(user))),
      onSuccess,
    }),
  };
}

export function useGroups(tenant: string) {
  return useQuery({
    queryKey: ['groups', tenant],
    queryFn: async () => (await unwrap(api.GET('/tenants/{tenant}/groups', { params: { path: { tenant } } }))).groups,
  });
}

export function useGroupChanges(tenant: string) {
  const cache = useQueryClient();
  const onSuccess = async () => {
    await cache.invalidateQueries({ queryKey: ['groups', tenant] });
    await cache.invalidateQueries({ queryKey: ['changes', tenant] });
  };
  return {
    create: useMutation({
      mutationFn: (body: { name: string; copy_of?: string }) =>
        unwrap(api.POST('/tenants/{tenant}/groups', { params: { path: { tenant } }, body })),
      onSuccess,
    }),
    rename: useMutation({
      mutationFn: ({ group, name }: { group: string; name: string }) =>
        unwrap(api.PATCH('/tenants/{tenant}/groups/{group}', { params: { path: { tenant, group } }, body: { name } })),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (group: string) =>
        unwrap(api.DELETE('/tenants/{tenant}/groups/{group}', { params: { path: { tenant, group } } })),
      onSuccess,
    }),
  };
}
