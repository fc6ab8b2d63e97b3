import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useGateways } from '../../api/gateways';
import type { Activation } from '../../api/types';
import { Icon } from '../../components/icon';
import { PageHeader } from '../../components/page_header';
import { QueryState } from '../../components/query_state';
import { useTenantId } from '../../components/use_tenant_id';
import { useMayManage } from '../../components/use_user';
import { ActivationDialog } from './activation_dialog';
import { AddGatewayDialog } from './add_gateway_dialog';
import { GatewayDrawer } from './gateway_drawer';
import { GatewayTable } from './gateway_table';

export function GatewaysPage() {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const mayManage = useMayManage();
  const gateways = useGateways(tenant);
  const [chosen, setChosen] = useState<string>();
  const [adding, setAdding] = useState(false);
  const [activation, setActivation] = useState<Activation>();
  const gateway = gateways.data?.find(({ id }) => id === chosen);
  return (
    <>
      <PageHeader title={t('nav.gateways')}>
        {mayManage && <Button size="compact-md" leftSection={<Icon name="plus" />} onClick={() => setAdding(true)}>{t('gateways.add')}</Button>}
      </PageHeader>
      <QueryState query={gateways} isEmpty={(list) => list.length === 0} empty={t('gateways.none')}>
        {(list) => <GatewayTable gateways={list} onChoose={setChosen} />}
      </QueryState>
      {adding && (
        <AddGatewayDialog tenant={tenant} onClose={() => setAdding(false)}
          onAdded={(made) => { setAdding(false); setActivation(made); }} />
      )}
      {activation && <ActivationDialog activation={activation} onClose={() => setActivation(undefined)} />}
      {gateway && (
        <GatewayDrawer key={gateway.id} tenant={tenant} gateway={gateway} onClose={() => setChosen(undefined)} onActivation={setActivation} />
      )}
    </>
  );
}
