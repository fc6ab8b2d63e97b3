import { Button, Divider, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useGatewayChanges } from '../../api/gateways';
import { useGroups } from '../../api/tenants';
import type { Activation, Gateway } from '../../api/types';
import { ConfirmDialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';

interface Props {
  tenant: string;
  gateway: Gateway;
  onActivation: (activation: Activation) => void;
  onGone: () => void;
}

type Action = 'activate' | 'revoke' | 'remove';

export function ManageTab({ tenant, gateway, onActivation, onGone }: Props) {
  const { t } = useTranslation();
  const changes = useGatewayChanges(tenant);
  const [asking, setAsking] = useState<Action>();
  const done = () => setAsking(undefined);
  const confirm: Record<Action, () => void> = {
    activate: () => changes.renewActivation.mutate(gateway.id, { onSuccess: (made) => { done(); onActivation(made); } }),
    revoke: () => changes.revoke.mutate(gateway.id, { onSuccess: done }),
    remove: () => changes.remove.mutate(gateway.id, { onSuccess: onGone }),
  };
  const state = { activate: changes.renewActivation, revoke: changes.revoke, remove: changes.remove };
  return (
    <Stack gap="md">
      <NameForm tenant={tenant} gateway={gateway} />
      <Divider />
      {(['activate', 'revoke', 'remove'] as const).filter((action) => action !== 'revoke' || gateway.state === 'enrolled').map((action) => (
        <Group key={action} justify="space-between" wrap="nowrap">
          <Text size="sm">{t(`manage.${action}_text`)}</Text>
          <Button variant="default" {...(action === 'activate' ? {} : { c: 'red' })} style={{ flex: 'none' }} onClick={() => setAsking(action)}>
            {t(`manage.${action}`)}
          </Button>
        </Group>
      ))}
      {asking && (
        <ConfirmDialog title={t(`manage.${asking}`)} text={t(`manage.${asking}_ask`, { name: gateway.name })} action={t(`manage.${asking}`)}
          danger={asking !== 'activate'} busy={state[asking].isPending} error={state[asking].error} onConfirm={confirm[asking]} onClose={done} />
      )}
    </Stack>
  );
}

function NameForm({ tenant, gateway }: { tenant: string; gateway: Gateway }) {
  const { t } = useTranslation();
  const { change } = useGatewayChanges(tenant);
  const groups = useGroups(tenant);
  const [name, setName] = useState(gateway.name);
  const [group, setGroup] = useState(gateway.group);
  const changed = {
    ...(name.trim() === gateway.name ? {} : { name: name.trim() }),
    ...(group === gateway.group ? {} : { group }),
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ gateway: gateway.id, ...changed });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {change.error && <ErrorAlert error={change.error} />}
        <TextInput label={t('gateways.name')} value={name} maxLength={200} onChange={(event) => setName(event.currentTarget.value)} />
        <Select label={t('gateways.group')} description={t('manage.group_hint')} allowDeselect={false} value={group}
          data={(groups.data ?? []).map(({ id, name: label }) => ({ value: id, label }))} onChange={(value) => setGroup(value ?? gateway.group)} />
        <Group justify="flex-end">
          <Button type="submit" loading={change.isPending} disabled={Object.keys(changed).length === 0 || name.trim() === ''}>{t('common.save')}</Button>
        </Group>
      </Stack>
    </form>
  );
}
