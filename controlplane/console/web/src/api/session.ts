import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';

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

function forgetAllButSession(cache: QueryClient): void {
  cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
}

export function useLogIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { login: string; password: string }) => unwrap(api.POST('/session', { body })),
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token);
      forgetAllButSession(cache); // of whoever was here before
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
      // Set, not cleared: what watches the session has to learn of it.
      cache.setQueryData(['session'], null);
      forgetAllButSession(cache);
    },
  });
}

export function useChangeOwnPassword() {
  return useMutation({
    mutationFn: (body: { old_password: string; password: string }) => unwrap(api.PUT('/session/password', { body })),
  });
}
