import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useProviderChanges, useUserChanges, useUsers } from '../../api/tenants';
import type { User } from '../../api/types';
import { ConfirmDialog } from '../../components/dialog';
import { Icon } from '../../components/icon';
import { QueryState } from '../../components/query_state';
import { useFormats } from '../../components/use_formats';
import { useUser } from '../../components/use_user';
import { AssignProviderDialog } from './assign_provider_dialog';
import { NewUserDialog } from './new_user_dialog';
import { SetPasswordDialog } from './set_password_dialog';

type Open = { dialog: 'add' | 'assign' } | { dialog: 'password' | 'remove' | 'unassign'; user: User } | undefined;

export function UsersTab({ tenant }: { tenant: string }) {
  const { t } = useTranslation();
  const users = useUsers(tenant);
  const me = useUser();
  const { remove } = useUserChanges(tenant);
  const { unassign } = useProviderChanges(tenant);
  const [open, setOpen] = useState<Open>();
  const close = () => {
    remove.reset();
    unassign.reset();
    setOpen(undefined);
  };
  return (
    <>
      <Group gap="xs" mb="sm">
        <Button size="compact-md" leftSection={<Icon name="plus" />} onClick={() => setOpen({ dialog: 'add' })}>{t('users.add')}</Button>
        {me.role === 'admin' && <Button size="compact-md" variant="default" onClick={() => setOpen({ dialog: 'assign' })}>{t('users.assign')}</Button>}
      </Group>
      <QueryState query={users} isEmpty={(list) => list.length === 0} empty={t('users.none')}>
        {(list) => <UserTable users={list} onOpen={setOpen} />}
      </QueryState>
      {open?.dialog === 'add' && <NewUserDialog tenant={tenant} onClose={close} />}
      {open?.dialog === 'assign' && <AssignProviderDialog tenant={tenant} present={users.data ?? []} onClose={close} />}
      {open?.dialog === 'password' && <SetPasswordDialog tenant={tenant} user={open.user} onClose={close} />}
      {open?.dialog === 'remove' && (
        <ConfirmDialog title={t('users.remove')} text={t(open.user.role === 'provider' ? 'users.remove_provider_ask' : 'users.remove_ask', { login: open.user.login })} action={t('common.remove')} danger
          busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate(open.user.id, { onSuccess: close })} onClose={close} />
      )}
      {open?.dialog === 'unassign' && (
        <ConfirmDialog title={t('users.unassign')} text={t('users.unassign_ask', { login: open.user.login })} action={t('users.unassign')} danger
          busy={unassign.isPending} error={unassign.error} onConfirm={() => unassign.mutate(open.user.id, { onSuccess: close })} onClose={close} />
      )}
    </>
  );
}

function UserTable({ users, onOpen }: { users: readonly User[]; onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  const { date } = useFormats();
  const me = useUser();
  return (
    <div className="panel" style={{ overflowX: 'auto' }}>
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">{t('users.login')}</th>
            <th scope="col">{t('users.role')}</th>
            <th scope="col">{t('users.created')}</th>
            <th scope="col" className="narrow">{t('common.actions')}</th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <tr key={user.id}>
              <td className="long">{user.login}</td>
              <td>{t(`role.${user.role}`)}</td>
              <td className="nowrap">{date(user.created_at)}</td>
              <td className="narrow">
                {/* A provider looks after customers only; the console refuses the rest anyway. */}
                {user.id !== me.id && (me.role === 'admin' || user.role === 'customer') && (
                  <Group gap={4} wrap="nowrap">
                    <Button size="compact-xs" variant="default" onClick={() => onOpen({ dialog: 'password', user })}>{t('users.set_password')}</Button>
                    {me.role === 'admin' && user.role === 'provider' && (
                      <Button size="compact-xs" variant="default" onClick={() => onOpen({ dialog: 'unassign', user })}>{t('users.unassign')}</Button>
                    )}
                    <Button size="compact-xs" variant="default" c="red" onClick={() => onOpen({ dialog: 'remove', user })}>{t('common.remove')}</Button>
                  </Group>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
