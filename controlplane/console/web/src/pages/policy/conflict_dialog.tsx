import { Alert, Button, Group, ScrollArea, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { problemOf } from '../../api/errors';
import { fetchDraft, useSaveDraft, type PolicyDraft } from '../../api/policy';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { QueryState } from '../../components/query_state';
import { useFormats } from '../../components/use_formats';
import { compare } from '../../policy/compare';
import { applyEdits } from '../../policy/edits';
import { PolicyDifferences } from './policy_differences';
import type { WorkingPolicy } from './use_working_policy';

interface Props {
  tenant: string;
  group: string;
  working: WorkingPolicy;
  changedBy: string;
  onClose: () => void;
}

type View = 'choose' | 'differences' | 'review';

/** Somebody saved in the meantime: nothing is overwritten before the user has seen what. */
export function ConflictDialog(props: Props) {
  const { t } = useTranslation();
  const theirs = useQuery({
    queryKey: ['draft_in_conflict', props.tenant, props.group, props.working.base.revision],
    queryFn: () => fetchDraft(props.tenant, props.group),
    gcTime: 0,
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Dialog opened onClose={props.onClose} title={t('conflict.title')} size="xl" centered closeOnClickOutside={false}>
      <QueryState query={theirs}>
        {(draft) => <Conflict {...props} theirs={draft} onLookAgain={() => void theirs.refetch()} />}
      </QueryState>
    </Dialog>
  );
}

function Conflict({ tenant, group, working, changedBy, theirs, onLookAgain, onClose }: Props & { theirs: PolicyDraft; onLookAgain: () => void }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const cache = useQueryClient();
  const save = useSaveDraft(tenant, group);
  const [view, setView] = useState<View>('choose');
  const merged = applyEdits(theirs.policy, working.edits);
  const staleAgain = problemOf(save.error)?.code === 'stale';

  const reload = () => {
    cache.setQueryData(['draft', tenant, group], theirs);
    working.restart(theirs);
    onClose();
  };
  const saveOver = () => {
    const onSuccess = (draft: PolicyDraft) => {
      working.restart(draft);
      onClose();
    };
    save.mutate({ policy: merged.policy, revision: theirs.revision }, { onSuccess, onError: onLookAgain });
  };
  return (
    <Stack gap="sm">
      <Text size="sm">{t('conflict.text', { user: theirs.changed_by || changedBy, time: time(theirs.changed_at) })}</Text>
      {staleAgain && <Alert color="orange" role="alert">{t('conflict.again')}</Alert>}
      {save.error && !staleAgain && <ErrorAlert error={save.error} />}
      {view === 'differences' && (
        <ScrollArea.Autosize mah="45vh" type="auto" className="panel" p="sm">
          <Text size="sm" fw={600}>{t('conflict.theirs', { user: theirs.changed_by || changedBy })}</Text>
          <PolicyDifferences differences={compare(working.base.policy, theirs.policy)} />
          <Text size="sm" fw={600} mt="sm">{t('conflict.mine')}</Text>
          <PolicyDifferences differences={compare(working.base.policy, working.policy)} />
        </ScrollArea.Autosize>
      )}
      {view === 'review' && (
        <ScrollArea.Autosize mah="45vh" type="auto" className="panel" p="sm">
          <Text size="sm" fw={600}>{t('conflict.result')}</Text>
          <PolicyDifferences differences={compare(theirs.policy, merged.policy)} />
          {merged.findings.map(({ name, problem }, index) => (
            <Alert key={index} color="orange" p="xs" mt="xs">{t(`conflict.finding.${problem}`, { name })}</Alert>
          ))}
        </ScrollArea.Autosize>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="subtle" onClick={onClose}>{t('common.cancel')}</Button>
        {view !== 'differences' && <Button variant="default" onClick={() => setView('differences')}>{t('conflict.look')}</Button>}
        <Button variant="default" color="red" onClick={reload}>{t('conflict.discard')}</Button>
        {view === 'review' ? <Button onClick={saveOver} loading={save.isPending}>{t('conflict.save')}</Button>
          : <Button onClick={() => setView('review')}>{t('conflict.review')}</Button>}
      </Group>
    </Stack>
  );
}
