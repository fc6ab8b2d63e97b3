import { Alert, Button, Group, List } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import type { Mistake } from '../../api/types';
import { ConfirmDialog, Dialog } from '../../components/dialog';
import { nameOf, rulesOf, type PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { fromForm, newRule, toForm, type RuleForm } from '../../policy/form';
import { sameValue } from '../../policy/same_value';
import { validateRule } from '../../policy/validate';
import { RuleFields } from './rule_fields';

interface Props {
  policy: PolicyDocument;
  /** -1: a new rule. */
  index: number;
  mistakes: readonly Mistake[];
  onEdit: (edit: Edit) => void;
  onClose: () => void;
}

export function RuleDialog({ policy, index, mistakes, onEdit, onClose }: Props) {
  const { t } = useTranslation();
  const was = rulesOf(policy)[index];
  const [initial] = useState(() => toForm(was ?? newRule));
  const [form, setForm] = useState<RuleForm>(initial);
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState(false);
  const wrong = validateRule(policy, form, was ? nameOf(was) : '');
  const dirty = !sameValue(form, initial);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setTried(true);
    if (wrong.length > 0) return;
    if (!was) {
      // Above everything else: a rule at the end would follow one that lets everything pass.
      const first = rulesOf(policy)[0];
      onEdit({ kind: 'add', rule: fromForm(form, newRule), before: first && nameOf(first) });
    } else if (dirty) onEdit({ kind: 'replace', was, rule: fromForm(form, was) });
    onClose();
  };
  return (
    <Dialog opened onClose={() => (dirty ? setAsking(true) : onClose())} size="min(920px, 94vw)" closeOnClickOutside={false}
      title={was ? t('rule.edit_title', { name: nameOf(was) }) : t('rule.add')}>
      <form onSubmit={submit} noValidate>
        {mistakes.length > 0 && (
          <Alert color="red" role="alert" mb="sm">
            <List size="sm">{mistakes.map((mistake, at) => <List.Item key={at}><code>{mistake.pointer}</code>{` ${mistake.message}`}</List.Item>)}</List>
          </Alert>
        )}
        <RuleFields policy={policy} form={form} mistakes={tried ? wrong : []} onChange={setForm} />
        <Group justify="flex-end" mt="md" py="sm" pos="sticky" bottom={0} bg="var(--mantine-color-body)" style={{ zIndex: 3 }}>
          {tried && wrong.length > 0 && <Alert color="red" py={4} role="alert">{t('rule.has_mistakes')}</Alert>}
          <Button variant="default" onClick={() => (dirty ? setAsking(true) : onClose())}>{t('common.cancel')}</Button>
          <Button type="submit">{t('common.ok')}</Button>
        </Group>
      </form>
      {asking && (
        <ConfirmDialog title={t('leave.title')} text={t('leave.form')} action={t('leave.discard')} danger onConfirm={onClose} onClose={() => setAsking(false)} />
      )}
    </Dialog>
  );
}
