import { Button, Group, Tabs, Text, TextInput } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router-dom';

import { problemOf } from '../../api/errors';
import { useSaveDraft, type PolicyDraft } from '../../api/policy';
import { Icon } from '../../components/icon';
import { nameOf, rulesOf } from '../../policy/document';
import { duplicate, moveTo } from '../../policy/edits';
import { newRule } from '../../policy/form';
import { sortMistakes } from '../../policy/mistakes';
import { objectSections, objectsOf } from '../../policy/objects';
import { BlockPageDialog } from './block_page_dialog';
import { DraftFrame } from './draft_frame';
import { MoveDialog } from './move_dialog';
import { ObjectTable } from './object_table';
import { OwnContents } from './own_contents';
import { PolicyWarnings } from './policy_warnings';
import { RemoveRuleDialog } from './remove_rule_dialog';
import { RuleDialog } from './rule_dialog';
import type { RowAction } from './rule_row_menu';
import { RuleTable } from './rule_table';
import { useWorkingPolicy } from './use_working_policy';

/** The rule a dialog is about; -1 for a new one. */
type Open = { dialog: 'rule' | 'move' | 'remove' | 'block_page'; index: number } | undefined;

export function PolicyEditor({ tenant, group, draft }: { tenant: string; group: string; draft: PolicyDraft }) {
  const { t } = useTranslation();
  const working = useWorkingPolicy(draft);
  const save = useSaveDraft(tenant, group);
  const [open, setOpen] = useState<Open>();
  const [search, setSearch] = useState('');
  const [address] = useSearchParams();
  const rules = rulesOf(working.policy);
  const problem = problemOf(save.error);
  const mistakes = useMemo(
    () => sortMistakes(problem?.mistakes ?? [], rulesOf(save.variables?.policy ?? {})),
    [problem, save.variables],
  );
  const { add } = working;

  const moveRule = useCallback((from: number, to: number) => add(moveTo(working.policy, from, to)), [add, working.policy]);
  const act = useCallback(
    (action: RowAction, index: number) => {
      if (action === 'duplicate') {
        const name = nameOf(rulesOf(working.policy)[index] ?? newRule);
        add(duplicate(working.policy, index, (n) => t('rule.copy_name', { name, n })));
      } else if (action === 'up' || action === 'down') moveRule(index, action === 'up' ? index - 1 : index + 1);
      else setOpen({ dialog: action === 'edit' ? 'rule' : action, index });
    },
    [add, moveRule, t, working.policy],
  );
  const switchRule = useCallback((name: string, enabled: boolean) => add({ kind: 'switch', name, enabled }), [add]);

  return (
    <OwnContents policy={working.policy}>
      <DraftFrame tenant={tenant} group={group} working={working} save={save} others={mistakes.others}>
        <PolicyWarnings warnings={working.base.warnings} />
        <Tabs defaultValue="rules" keepMounted={false}>
          <Tabs.List mb="xs">
            <Tabs.Tab value="rules">{t('policy.tab', { title: t('policy.rules'), count: rules.length })}</Tabs.Tab>
            {objectSections.map((section) => (
              <Tabs.Tab key={section} value={section}>{t('policy.tab', { title: t(`policy.objects.${section}`), count: objectsOf(working.policy, section).length })}</Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="rules">
            <Group justify="space-between" mb="xs">
              <Group gap="xs">
                <Button size="compact-md" leftSection={<Icon name="plus" />} onClick={() => setOpen({ dialog: 'rule', index: -1 })}>{t('rule.add')}</Button>
                <Button size="compact-md" variant="default" onClick={() => setOpen({ dialog: 'block_page', index: -1 })}>{t('block_page.title')}</Button>
              </Group>
              <TextInput size="xs" w={260} aria-label={t('policy.search')} placeholder={t('policy.search')} leftSection={<Icon name="search" size={14} />}
                value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
            </Group>
            <RuleTable rules={rules} search={search} chosen={address.get('rule') ?? ''} mistakes={mistakes.byRule} onMove={moveRule} onSwitch={switchRule} onAct={act} />
            <Text size="xs" c="dimmed" mt="xs">{t('policy.order_hint')}</Text>
          </Tabs.Panel>
          {objectSections.map((section) => (
            <Tabs.Panel key={section} value={section}><ObjectTable policy={working.policy} section={section} onEdit={working.add} /></Tabs.Panel>
          ))}
        </Tabs>
        {open?.dialog === 'rule' && (
          <RuleDialog policy={working.policy} index={open.index} mistakes={mistakes.byRule.get(nameOf(rules[open.index] ?? newRule)) ?? []}
            onEdit={working.add} onClose={() => setOpen(undefined)} />
        )}
        {open?.dialog === 'move' && (
          <MoveDialog rules={rules} index={open.index} onMove={moveRule} onClose={() => setOpen(undefined)} />
        )}
        {open?.dialog === 'block_page' && (
          <BlockPageDialog policy={working.policy} onEdit={working.add} onClose={() => setOpen(undefined)} />
        )}
        {open?.dialog === 'remove' && (
          <RemoveRuleDialog rule={rules[open.index]} onRemove={working.add} onClose={() => setOpen(undefined)} />
        )}
      </DraftFrame>
    </OwnContents>
  );
}
