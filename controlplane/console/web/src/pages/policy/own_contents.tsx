import type { ReactNode } from 'react';

import { OwnApplications, OwnCategories } from '../../api/own_categories';
import type { PolicyDocument } from '../../policy/document';
import { objectsOf } from '../../policy/objects';

/** What is chosen as content in here has the policy's own URL categories and applications, too. */
export function OwnContents({ policy, children }: { policy: PolicyDocument; children: ReactNode }) {
  return (
    <OwnCategories.Provider value={objectsOf(policy, 'url_categories')}>
      <OwnApplications.Provider value={objectsOf(policy, 'applications')}>{children}</OwnApplications.Provider>
    </OwnCategories.Provider>
  );
}
