import { Button, Group as Row, Select, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useGroupChanges } from '../../api/tenants';
import type { Group } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';

interface Props {
  tenant: string;
  /** The one to rename; without it a new one is made. */
  group?: Group;
  groups: readonly Group[];
  onClose: () => void;
}

export function GroupDialog({ tenant, group, groups, onClose }: Props) {
  const { t } = useTranslation();
  const { create, rename } = useGroupChanges(tenant);
  const [name, setName] = useState(group?.name ?? '');
  const [copyOf, setCopyOf] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const change = group ? rename : create;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const text = name.trim();
    if (text === '') return;
    if (group) rename.mutate({ group: group.id, name: text }, { onSuccess: onClose });
    else create.mutate({ name: text, ...(copyOf === null ? {} : { copy_of: copyOf }) }, { onSuccess: onClose });
  };
  return (
    <Dialog opened onClose={onClose} title={group ? t('groups.rename') : t('groups.add')} centered>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {change.error && <ErrorAlert error={change.error} />}
          <TextInput label={t('groups.name')} value={name} maxLength={200} data-autofocus error={tried && name.trim() === '' && t('field.missing')}
            onChange={(event) => setName(event.currentTarget.value)} />
          {!group && (
            <Select label={t('groups.copy_of')} clearable placeholder={t('groups.factory')} value={copyOf} onChange={setCopyOf}
              data={groups.map(({ id, name: label }) => ({ value: id, label }))} />
          )}
          <Row justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
            <Button type="submit" loading={change.isPending}>{t('common.save')}</Button>
          </Row>
        </Stack>
      </form>
    </Dialog>
  );
}
