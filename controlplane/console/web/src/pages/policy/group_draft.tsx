import { Select } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useNavigate, useParams } from 'react-router-dom';

import { useDraft, type PolicyDraft } from '../../api/policy';
import { useGroups } from '../../api/tenants';
import type { Group } from '../../api/types';
import { PageHeader } from '../../components/page_header';
import { QueryState } from '../../components/query_state';
import { useTenantId } from '../../components/use_tenant_id';

interface Props {
  /** The page's part of the address: the group's comes behind it. */
  page: 'policy' | 'lists' | 'ips';
  title: string;
  children: (tenant: string, group: string, draft: PolicyDraft) => ReactNode;
}

/** A page about the draft of one gateway group, with the choice of the group in its header. */
export function GroupDraft(props: Props) {
  const { t } = useTranslation();
  const tenant = useTenantId();
  const groups = useGroups(tenant);
  const { group } = useParams();
  return (
    <QueryState query={groups} isEmpty={(list) => list.length === 0} empty={t('groups.none')}>
      {(list) => {
        const current = list.find(({ id }) => id === group);
        if (!current) return <Navigate to={`/t/${tenant}/${props.page}/${list[0]?.id ?? ''}`} replace />;
        return <DraftOfGroup key={current.id} {...props} tenant={tenant} group={current} groups={list} />;
      }}
    </QueryState>
  );
}

function DraftOfGroup({ page, title, tenant, group, groups, children }: Props & { tenant: string; group: Group; groups: readonly Group[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const draft = useDraft(tenant, group.id);
  return (
    <>
      <PageHeader title={title}>
        <Select aria-label={t('policy.group')} size="xs" w={240} allowDeselect={false} searchable={groups.length > 8} value={group.id}
          data={groups.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(id) => id !== null && void navigate(`/t/${tenant}/${page}/${id}`)} />
      </PageHeader>
      <QueryState query={draft}>{(data) => children(tenant, group.id, data)}</QueryState>
    </>
  );
}
