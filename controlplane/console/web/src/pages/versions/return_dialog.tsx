import { Alert, Button, Group, ScrollArea, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { revisionsOf, useDifferences, useReturnToVersion } from '../../api/deliveries';
import { problemOf } from '../../api/errors';
import { useChanges } from '../../api/policy';
import { DifferencesByGroup } from '../../components/delivery/difference_list';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { QueryState } from '../../components/query_state';

/** Makes a version's policies the drafts again; what was saved since is listed before it goes. */
export function ReturnDialog({ tenant, version, onClose }: { tenant: string; version: number; onClose: () => void }) {
  const { t } = useTranslation();
  const changes = useChanges(tenant);
  const differences = useDifferences(tenant, version, undefined);
  const back = useReturnToVersion(tenant);
  const stale = problemOf(back.error)?.code === 'stale';
  const submit = () => {
    if (changes.data) back.mutate({ version, revisions: revisionsOf(changes.data) }, { onSuccess: onClose });
  };
  return (
    <Dialog opened onClose={onClose} title={t('versions.return_title', { version })} size="lg" centered>
      <Stack gap="sm">
        {stale ? <Alert color="orange" role="alert">{t('versions.return_stale', { user: problemOf(back.error)?.changed_by ?? '' })}</Alert>
          : back.error && <ErrorAlert error={back.error} />}
        <Text size="sm">{t('versions.return_text')}</Text>
        <QueryState query={differences}>
          {(data) => (
            <ScrollArea.Autosize mah="40vh" type="auto" className="panel" p="sm">
              <Text size="xs" c="dimmed">{t('versions.return_undone')}</Text>
              <DifferencesByGroup groups={data.groups} />
            </ScrollArea.Autosize>
          )}
        </QueryState>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button onClick={submit} loading={back.isPending} disabled={!changes.data || !differences.data}>{t('versions.return')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
