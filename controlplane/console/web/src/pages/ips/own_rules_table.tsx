import { Button, Group, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ConfirmDialog } from '../../components/dialog';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import type { PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { countRules, ownRulesOf, titleOf } from '../../policy/ips';
import { OwnRulesDialog } from './own_rules_dialog';

type Open = { dialog: 'edit'; text: string | undefined } | { dialog: 'remove'; text: string } | undefined;

interface Props {
  tenant: string;
  group: string;
  policy: PolicyDocument;
  onEdit: (edit: Edit) => void;
}

/** The rules that the administrator wrote or uploaded; a text is one rule or a file of them. */
export function OwnRulesTable({ tenant, group, policy, onEdit }: Props) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const [open, setOpen] = useState<Open>();
  // Texts may have megabytes: they are looked through once.
  const texts = useMemo(() => ownRulesOf(policy).map((text) => ({ text, name: titleOf(text), count: countRules(text) })), [policy]);
  const close = () => setOpen(undefined);
  return (
    <>
      <Button size="compact-md" mb="xs" leftSection={<Icon name="plus" />} onClick={() => setOpen({ dialog: 'edit', text: undefined })}>{t('ips.add_rules')}</Button>
      <div className="panel panel-scroll">
        <table className="grid">
          <thead>
            <tr>
              <th scope="col">{t('ips.rules_title')}</th>
              <th scope="col">{t('ips.rule_lines')}</th>
              <th scope="col" className="narrow">{t('common.actions')}</th>
            </tr>
          </thead>
          <tbody>
            {texts.map(({ text, name, count }, index) => (
              <tr key={index} data-rules={name}>
                <td className="long"><button type="button" className="row-button" onClick={() => setOpen({ dialog: 'edit', text })}>{name}</button></td>
                <td className="nowrap">{number(count)}</td>
                <td className="narrow">
                  <Group gap={4} wrap="nowrap">
                    <Button size="compact-xs" variant="default" aria-label={t('object.edit_one', { name })} onClick={() => setOpen({ dialog: 'edit', text })}>{t('common.edit')}</Button>
                    <Button size="compact-xs" variant="default" c="red" aria-label={t('object.remove_one', { name })} onClick={() => setOpen({ dialog: 'remove', text })}>{t('common.remove')}</Button>
                  </Group>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {texts.length === 0 && <Text c="dimmed" size="sm" p="lg" ta="center">{t('ips.no_own_rules')}</Text>}
      </div>
      <Text size="xs" c="dimmed" mt="xs">{t('ips.own_rules_hint')}</Text>
      {open?.dialog === 'edit' && <OwnRulesDialog tenant={tenant} group={group} policy={policy} text={open.text} onEdit={onEdit} onClose={close} />}
      {open?.dialog === 'remove' && (
        <ConfirmDialog title={t('ips.remove_rules')} text={t('ips.remove_rules_text', { name: titleOf(open.text), number: number(countRules(open.text)) })}
          action={t('common.remove')} danger onClose={close}
          onConfirm={() => {
            onEdit({ kind: 'remove_ips_rules', was: open.text });
            close();
          }} />
      )}
    </>
  );
}
