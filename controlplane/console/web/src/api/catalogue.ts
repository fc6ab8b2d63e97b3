import { useQuery } from '@tanstack/react-query';

import { makeCatalogue, type Catalogue } from '../policy/catalogue';
import type { ContentKind } from '../policy/document';
import { api, unwrap } from './client';

async function fetchApplications(): Promise<Catalogue> {
  const { categories, functions, applications } = await unwrap(api.GET('/catalogue/applications'));
  return makeCatalogue('applications', categories, applications.map(({ category, ...application }) => ({ ...application, group: category })), 'category:', functions);
}

async function fetchUrlCategories(): Promise<Catalogue> {
  const { groups, categories } = await unwrap(api.GET('/catalogue/url-categories'));
  return makeCatalogue('url_categories', groups, categories, 'group:');
}

/** Everything that rules can name of a kind. It changes only with the console's program. */
export function useCatalogue(kind: ContentKind) {
  return useQuery({
    queryKey: ['catalogue', kind],
    queryFn: kind === 'applications' ? fetchApplications : fetchUrlCategories,
    staleTime: Infinity,
    gcTime: Infinity,
    refetchOnWindowFocus: false,
    structuralSharing: false,
  });
}
