import { Button, Group as Row, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useGroupChanges, useGroups } from '../../api/tenants';
import type { Group } from '../../api/types';
import { ConfirmDialog } from '../../components/dialog';
import { Icon } from '../../components/icon';
import { QueryState } from '../../components/query_state';
import { useFormats } from '../../components/use_formats';
import { GroupDialog } from './group_dialog';

type Open = { dialog: 'add' } | { dialog: 'rename' | 'remove'; group: Group } | undefined;

export function GroupsTab({ tenant }: { tenant: string }) {
  const { t } = useTranslation();
  const groups = useGroups(tenant);
  const { remove } = useGroupChanges(tenant);
  const [open, setOpen] = useState<Open>();
  const close = () => {
    remove.reset();
    setOpen(undefined);
  };
  return (
    <>
      <Button size="compact-md" mb="sm" leftSection={<Icon name="plus" />} onClick={() => setOpen({ dialog: 'add' })}>{t('groups.add')}</Button>
      <QueryState query={groups} isEmpty={(list) => list.length === 0} empty={t('groups.none')}>
        {(list) => <GroupTable groups={list} onOpen={setOpen} />}
      </QueryState>
      {open?.dialog === 'add' && <GroupDialog tenant={tenant} groups={groups.data ?? []} onClose={close} />}
      {open?.dialog === 'rename' && <GroupDialog tenant={tenant} group={open.group} groups={groups.data ?? []} onClose={close} />}
      {open?.dialog === 'remove' && (
        <ConfirmDialog title={t('groups.remove')} text={t('groups.remove_ask', { name: open.group.name })} action={t('common.remove')} danger
          busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate(open.group.id, { onSuccess: close })} onClose={close} />
      )}
    </>
  );
}

function GroupTable({ groups, onOpen }: { groups: readonly Group[]; onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  return (
    <div className="panel" style={{ overflowX: 'auto' }}>
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">{t('groups.name')}</th>
            <th scope="col" className="number">{t('groups.gateways')}</th>
            <th scope="col">{t('groups.pending')}</th>
            <th scope="col" className="narrow">{t('common.actions')}</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr key={group.id}>
              <td className="long">{group.name}</td>
              <td className="number">{number(group.gateways)}</td>
              <td>{group.pending ? <Text size="sm" c="orange">{t('groups.is_pending')}</Text> : t('groups.not_pending')}</td>
              <td className="narrow">
                <Row gap={4} wrap="nowrap">
                  <Button size="compact-xs" variant="default" onClick={() => onOpen({ dialog: 'rename', group })}>{t('groups.rename')}</Button>
                  {/* Only a group without gateways can go. */}
                  <Button size="compact-xs" variant="default" disabled={group.gateways > 0} onClick={() => onOpen({ dialog: 'remove', group })}>{t('common.remove')}</Button>
                </Row>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
