import { Anchor, Tabs, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { problemOf } from '../../api/errors';
import { useSaveDraft, type PolicyDraft } from '../../api/policy';
import { useFormats } from '../../components/use_formats';
import { entriesOf, entryOfPointer, listNames, type ListName } from '../../policy/lists';
import { DraftFrame } from '../policy/draft_frame';
import { PolicyWarnings } from '../policy/policy_warnings';
import { useWorkingPolicy } from '../policy/use_working_policy';
import { ListTable } from './list_table';

/** The allow and the block list of one group's draft (R066-R070). */
export function ListsEditor({ tenant, group, draft }: { tenant: string; group: string; draft: PolicyDraft }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const working = useWorkingPolicy(draft);
  const save = useSaveDraft(tenant, group);
  const problem = problemOf(save.error);
  const saved = save.variables?.policy;
  // By what the entries say: the user may go on editing while he mends them.
  const found = useMemo(() => {
    const mistakes = problem?.mistakes ?? [];
    const byEntry: Record<ListName, Map<string, string>> = { allow: new Map(), block: new Map() };
    const others = mistakes.filter(({ pointer, message }) => {
      const place = saved && entryOfPointer(saved, pointer);
      if (place) byEntry[place.list].set(place.entry, message);
      return !place;
    });
    return { byEntry, others };
  }, [problem, saved]);
  return (
    <DraftFrame tenant={tenant} group={group} working={working} save={save} others={found.others}>
      <PolicyWarnings warnings={working.base.warnings.filter(({ pointer }) => pointer.startsWith('/lists/'))} />
      <Text size="sm" c="dimmed">{t('lists.order_hint')}</Text>
      <Text size="sm" c="dimmed" mb="xs">
        {t('content.dns_hint', { setting: t('profile_setting.dns_url_filter') })}{' '}
        <Anchor underline="always" component={Link} size="sm" to={`/t/${tenant}/ips/${group}`}>{t('ips.profiles')}</Anchor>
      </Text>
      <Tabs defaultValue="allow" keepMounted={false}>
        <Tabs.List mb="xs">
          {listNames.map((list) => (
            <Tabs.Tab key={list} value={list}>{t('content.tab', { title: t(`lists.name.${list}`), number: number(entriesOf(working.policy, list).length) })}</Tabs.Tab>
          ))}
        </Tabs.List>
        {listNames.map((list) => (
          <Tabs.Panel key={list} value={list}><ListTable policy={working.policy} list={list} mistakes={found.byEntry[list]} onEdit={working.add} /></Tabs.Panel>
        ))}
      </Tabs>
    </DraftFrame>
  );
}
