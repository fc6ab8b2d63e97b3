import { Alert, Button, Group, ScrollArea, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { revisionsOf, useDeliverAll } from '../../api/deliveries';
import { problemOf } from '../../api/errors';
import { useChanges } from '../../api/policy';
import type { Changes } from '../../api/types';
import { Dialog } from '../dialog';
import { ErrorAlert } from '../error_alert';
import { QueryState } from '../query_state';
import { useUnsaved } from '../unsaved';
import { DifferencesByGroup } from './difference_list';

const longestComment = 500; // of the API: NewDelivery

interface Props {
  tenant: string;
  onClose: () => void;
  onDelivered: (version: number) => void;
}

/** Shows what is about to be delivered; only what is shown is delivered. */
export function DeliverDialog({ tenant, onClose, onDelivered }: Props) {
  const { t } = useTranslation();
  const changes = useChanges(tenant);
  return (
    <Dialog opened onClose={onClose} title={t('deliver.title')} size="lg" centered>
      <QueryState query={changes}>
        {(data) => <DeliverForm tenant={tenant} changes={data} onClose={onClose} onDelivered={onDelivered} />}
      </QueryState>
    </Dialog>
  );
}

function DeliverForm({ tenant, changes, onClose, onDelivered }: Props & { changes: Changes }) {
  const { t } = useTranslation();
  const deliver = useDeliverAll(tenant);
  const unsaved = useUnsaved();
  const [comment, setComment] = useState('');
  const stale = problemOf(deliver.error)?.code === 'stale';
  const send = () => {
    const text = comment.trim();
    deliver.mutate(
      { revisions: revisionsOf(changes), ...(text === '' ? {} : { comment: text }) },
      { onSuccess: ({ version }) => onDelivered(version) },
    );
  };
  return (
    <Stack gap="sm">
      {unsaved && <Alert color="orange" role="alert">{t('deliver.unsaved')}</Alert>}
      {stale ? <Alert color="orange" role="alert">{t('deliver.stale', { user: problemOf(deliver.error)?.changed_by ?? '' })}</Alert>
        : deliver.error && <ErrorAlert error={deliver.error} />}
      <Text size="sm">{t('deliver.question')}</Text>
      <ScrollArea.Autosize mah="45vh" type="auto" className="panel" p="sm">
        <DifferencesByGroup groups={changes.groups} />
      </ScrollArea.Autosize>
      <TextInput label={t('deliver.comment')} maxLength={longestComment} value={comment} data-autofocus
        onChange={(event) => setComment(event.currentTarget.value)} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
        <Button onClick={send} loading={deliver.isPending} disabled={!changes.pending}>{t('deliver.button')}</Button>
      </Group>
    </Stack>
  );
}
