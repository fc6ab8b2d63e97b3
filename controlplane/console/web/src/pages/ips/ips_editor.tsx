import { Tabs } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { problemOf } from '../../api/errors';
import { useSaveDraft, type PolicyDraft } from '../../api/policy';
import { ownRulesOf, profilesOf } from '../../policy/ips';
import { DraftFrame } from '../policy/draft_frame';
import { PolicyWarnings } from '../policy/policy_warnings';
import { useWorkingPolicy } from '../policy/use_working_policy';
import { OwnRulesTable } from './own_rules_table';
import { PacksTab } from './packs_tab';
import { ProfileTable } from './profile_table';

const ours = /^\/(ips_rules|profiles)(\/|$)/;

/** Profiles and the administrator's own rules of one group's draft; packs, which are no part of it. */
export function IpsEditor({ tenant, group, draft }: { tenant: string; group: string; draft: PolicyDraft }) {
  const { t } = useTranslation();
  const working = useWorkingPolicy(draft);
  const save = useSaveDraft(tenant, group);
  return (
    <DraftFrame tenant={tenant} group={group} working={working} save={save} others={problemOf(save.error)?.mistakes ?? []}>
      <PolicyWarnings warnings={working.base.warnings.filter(({ pointer }) => ours.test(pointer))} />
      <Tabs defaultValue="profiles" keepMounted={false}>
        <Tabs.List mb="xs">
          <Tabs.Tab value="profiles">{t('policy.tab', { title: t('ips.profiles'), count: profilesOf(working.policy).length })}</Tabs.Tab>
          <Tabs.Tab value="own">{t('policy.tab', { title: t('ips.own_rules'), count: ownRulesOf(working.policy).length })}</Tabs.Tab>
          <Tabs.Tab value="packs">{t('packs.title')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="profiles"><ProfileTable policy={working.policy} onEdit={working.add} /></Tabs.Panel>
        <Tabs.Panel value="own"><OwnRulesTable tenant={tenant} group={group} policy={working.policy} onEdit={working.add} /></Tabs.Panel>
        <Tabs.Panel value="packs"><PacksTab tenant={tenant} /></Tabs.Panel>
      </Tabs>
    </DraftFrame>
  );
}
