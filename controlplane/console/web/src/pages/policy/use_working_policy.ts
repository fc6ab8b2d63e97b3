import { useCallback, useMemo, useState } from 'react';

import type { PolicyDraft } from '../../api/policy';
import type { PolicyDocument } from '../../policy/document';
import { applyEdits, type Edit } from '../../policy/edits';

export interface WorkingPolicy {
  /** The revision that the edits were made from. */
  readonly base: PolicyDraft;
  readonly edits: readonly Edit[];
  readonly policy: PolicyDocument;
  readonly add: (edit: Edit | undefined) => void;
  readonly undo: () => void;
  /** Forgets the edits and goes on from `draft`. */
  readonly restart: (draft: PolicyDraft) => void;
}

/** A draft with the user's edits over it. A newer draft is taken up by itself only while there are no edits. */
export function useWorkingPolicy(draft: PolicyDraft): WorkingPolicy {
  const [kept, setKept] = useState<{ base: PolicyDraft; edits: readonly Edit[] }>({ base: draft, edits: [] });
  const base = kept.edits.length === 0 && draft.revision > kept.base.revision ? draft : kept.base;
  const { edits } = kept;
  const policy = useMemo(() => applyEdits(base.policy, edits).policy, [base, edits]);
  const add = useCallback(
    (edit: Edit | undefined) => {
      if (edit) setKept((now) => ({ base, edits: [...now.edits, edit] }));
    },
    [base],
  );
  const undo = useCallback(() => setKept((now) => ({ base: now.base, edits: now.edits.slice(0, -1) })), []);
  const restart = useCallback((newer: PolicyDraft) => setKept({ base: newer, edits: [] }), []);
  return { base, edits, policy, add, undo, restart };
}
