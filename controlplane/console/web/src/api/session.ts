import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, setCsrfToken, unwrap } from './client';
import { ProblemError } from './errors';
import type { Session } from './types';

async function fetchSession(): Promise<Session | null> {
  try {
    const session = await unwrap(api.GET('/session'));
    setCsrfToken(session.csrf_token);
    return session;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 401) return null;
    throw error;
  }
}

/** null: nobody is logged in. */
export function useSession() {
  return useQuery({ queryKey: ['session'], queryFn: fetchSession, staleTime: 60_000 });
}

export function useLogIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { login: string; password: string }) => unwrap(api.POST('/session', { body })),
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token);
      cache.setQueryData(['session'], session);
    },
  });
}

export function useLogOut() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE('/session')),
    onSettled: () => {
      setCsrfToken('');
      cache.clear();
      cache.setQueryData(['session'], null);
    },
  });
}

export function useChangeOwnPassword() {
  return useMutation({
    mutationFn: (body: { old_password: string; password: string }) => unwrap(api.PUT('/session/password', { body })),
  });
}
