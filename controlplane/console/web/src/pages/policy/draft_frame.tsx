import { Alert, List, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { problemOf } from '../../api/errors';
import { useSaveDraft } from '../../api/policy';
import type { Mistake } from '../../api/types';
import { ErrorAlert } from '../../components/error_alert';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { ConflictDialog } from './conflict_dialog';
import { LeaveGuard } from './leave_guard';
import { SaveBar } from './save_bar';
import type { WorkingPolicy } from './use_working_policy';

interface Props {
  tenant: string;
  group: string;
  working: WorkingPolicy;
  save: ReturnType<typeof useSaveDraft>;
  /** Mistakes that the page does not tell elsewhere. */
  others: readonly Mistake[];
  children: ReactNode;
}

/** What every page on which a draft is edited has around it: who saved it, the bar that saves, what was refused, and the conflict. */
export function DraftFrame({ tenant, group, working, save, others, children }: Props) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const problem = problemOf(save.error);
  const submit = () =>
    save.mutate({ policy: working.policy, revision: working.base.revision }, { onSuccess: working.restart });
  return (
    <>
      <LeaveGuard dirty={working.edits.length > 0} />
      <Text size="xs" c="dimmed" mb="xs">
        {t('policy.saved_by', { user: working.base.changed_by, time: time(working.base.changed_at), revision: working.base.revision })}
      </Text>
      {working.edits.length > 0 && (
        <SaveBar edits={working.edits.length} busy={save.isPending} onSave={submit} onUndo={working.undo}
          onDiscard={() => { save.reset(); working.restart(working.base); }} />
      )}
      <SaveProblem error={problem?.code === 'stale' ? null : save.error} others={others} />
      {children}
      {problem?.code === 'stale' && (
        <ConflictDialog tenant={tenant} group={group} working={working} changedBy={problem.changed_by ?? ''} onClose={() => save.reset()} />
      )}
    </>
  );
}

function SaveProblem({ error, others }: { error: Error | null; others: readonly Mistake[] }) {
  const { t } = useTranslation();
  if (!error) return null;
  const problem = problemOf(error);
  if (problem?.code !== 'invalid_policy') return <ErrorAlert error={error} />;
  return (
    <Alert color="red" role="alert" mb="xs" title={t('policy.has_mistakes', { count: problem.mistakes?.length ?? 0 })} icon={<Icon name="warning" />}>
      <MistakeList mistakes={others} />
      {!problem.mistakes?.length && problem.message}
    </Alert>
  );
}

function MistakeList({ mistakes }: { mistakes: readonly Mistake[] }) {
  if (mistakes.length === 0) return null;
  return (
    <List size="xs">
      {mistakes.map((mistake, index) => <List.Item key={index}><code>{mistake.pointer}</code>{` ${mistake.message}`}</List.Item>)}
    </List>
  );
}
