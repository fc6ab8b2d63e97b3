import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Navigate, useNavigate, useParams } from 'react-router-dom';

import { useDraft } from '../../api/policy';
import { useGroups } from '../../api/tenants';
import type { Group } from '../../api/types';
import { PageHeader } from '../../components/page_header';
import { QueryState } from '../../components/query_state';
import { useTenantId } from '../../components/use_tenant_id';
import { PolicyEditor } from './policy_editor';

export function PolicyPage() {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const groups = useGroups(tenant);
  const { group } = useParams();
  return (
    <QueryState query={groups} isEmpty={(list) => list.length === 0} empty={t('groups.none')}>
      {(list) => {
        const current = list.find(({ id }) => id === group);
        if (!current) return <Navigate to={`/t/${tenant}/policy/${list[0]?.id ?? ''}`} replace />;
        return <GroupPolicy key={current.id} tenant={tenant} group={current} groups={list} />;
      }}
    </QueryState>
  );
}

function GroupPolicy({ tenant, group, groups }: { tenant: string; group: Group; groups: readonly Group[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const draft = useDraft(tenant, group.id);
  return (
    <>
      <PageHeader title={t('policy.title')}>
        <Select aria-label={t('policy.group')} size="xs" w={240} allowDeselect={false} searchable={groups.length > 8} value={group.id}
          data={groups.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(id) => id !== null && void navigate(`/t/${tenant}/policy/${id}`)} />
      </PageHeader>
      <QueryState query={draft}>{(data) => <PolicyEditor tenant={tenant} group={group.id} draft={data} />}</QueryState>
    </>
  );
}
