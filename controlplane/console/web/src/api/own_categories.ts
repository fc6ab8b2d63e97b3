import { createContext } from 'react';

import type { NamedObject } from '../policy/document';

/** The URL categories of the policy that is being edited: what is chosen as content has them, too. */
export const OwnCategories = createContext<readonly NamedObject[]>([]);

/** Likewise its own applications. */
export const OwnApplications = createContext<readonly NamedObject[]>([]);
