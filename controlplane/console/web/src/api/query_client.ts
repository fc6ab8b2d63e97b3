import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';

import { OfflineError, ProblemError } from './errors';
import { reportOffline, reportOnline } from './reachability';

function noteFailure(error: Error): void {
  if (error instanceof OfflineError) reportOffline();
}

// A session that ended anywhere ends here: the next render shows the log-in.
function noteEndOfSession(error: Error): void {
  if (error instanceof ProblemError && error.problem.code === 'unauthenticated') queryClient.setQueryData(['session'], null);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      noteFailure(error);
      noteEndOfSession(error);
    },
    onSuccess: reportOnline,
  }),
  mutationCache: new MutationCache({
    onError: (error) => {
      noteFailure(error);
      noteEndOfSession(error);
    },
  }),
  defaultOptions: {
    queries: { retry: false, networkMode: 'always', staleTime: 2000, refetchOnWindowFocus: true },
    mutations: { retry: false, networkMode: 'always' },
  },
});
