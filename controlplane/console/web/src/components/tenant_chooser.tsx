import { Select, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';

import type { Tenant } from '../api/types';

const storageKey = 'sekisho.tenant';

export function rememberedTenant(): string | null {
  return localStorage.getItem(storageKey);
}

export function TenantChooser({ tenants, tenant }: { tenants: readonly Tenant[]; tenant: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const choose = (id: string | null) => {
    if (id === null) return;
    localStorage.setItem(storageKey, id);
    void navigate(`/t/${id}/dashboard`);
  };
  const current = tenants.find(({ id }) => id === tenant);
  if (tenants.length <= 1) return <Text size="sm" opacity={0.85} truncate maw={{ base: 110, xs: 260 }}>{current?.name}</Text>;
  return (
    <Select aria-label={t('header.tenant')} size="xs" w={{ base: 110, sm: 220 }} searchable allowDeselect={false} value={current?.id ?? null}
      data={tenants.map(({ id, name }) => ({ value: id, label: name }))} onChange={choose} />
  );
}
