import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from './client';
import type { NewReputationFeed, NewUrlRating } from './types';

const key = ['reputation'];

/** Ratings of URLs are of all tenants. */
export function useReputation() {
  return useQuery({ queryKey: key, queryFn: () => unwrap(api.GET('/reputation')) });
}

export function useLookUpUrl() {
  return useMutation({
    mutationFn: (url: string) => unwrap(api.GET('/reputation/lookup', { params: { query: { url } } })),
  });
}

export function useReputationChanges() {
  const cache = useQueryClient();
  const onSettled = () => cache.invalidateQueries({ queryKey: key });
  return {
    importFeed: useMutation({ mutationFn: (body: NewReputationFeed) => unwrap(api.POST('/reputation/feeds', { body })), onSettled }),
    removeFeed: useMutation({
      mutationFn: (feed: string) => unwrap(api.DELETE('/reputation/feeds/{feed}', { params: { path: { feed } } })),
      onSettled,
    }),
    rate: useMutation({ mutationFn: (body: NewUrlRating) => unwrap(api.PUT('/reputation/rating', { body })), onSettled }),
    unrate: useMutation({
      mutationFn: (url: string) => unwrap(api.DELETE('/reputation/rating', { params: { query: { url } } })),
      onSettled,
    }),
  };
}
