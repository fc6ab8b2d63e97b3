import { useQuery } from '@tanstack/react-query';
import { useCallback, useContext } from 'react';

import { makeCatalogue, withOwnApplications, withOwnCategories, type Catalogue } from '../policy/catalogue';
import type { ContentKind } from '../policy/document';
import { api, unwrap } from './client';
import { OwnApplications, OwnCategories } from './own_categories';

async function fetchApplications(): Promise<Catalogue> {
  const { categories, functions, applications } = await unwrap(api.GET('/catalogue/applications'));
  return makeCatalogue('applications', categories, applications.map(({ category, ...application }) => ({ ...application, group: category })), 'category:', functions);
}

async function fetchUrlCategories(): Promise<Catalogue> {
  const { groups, categories } = await unwrap(api.GET('/catalogue/url-categories'));
  return makeCatalogue('url_categories', groups, categories, 'group:');
}

/** Everything that rules can name of a kind: what comes with the console's program, and the own categories and applications of the policy at hand. */
export function useCatalogue(kind: ContentKind) {
  const categories = useContext(OwnCategories);
  const applications = useContext(OwnApplications);
  const select = useCallback((catalogue: Catalogue) => withOwnApplications(withOwnCategories(catalogue, categories), applications), [categories, applications]);
  return useQuery({
    queryKey: ['catalogue', kind],
    queryFn: kind === 'applications' ? fetchApplications : fetchUrlCategories,
    select,
    staleTime: Infinity,
    gcTime: Infinity,
    refetchOnWindowFocus: false,
    structuralSharing: false,
  });
}
