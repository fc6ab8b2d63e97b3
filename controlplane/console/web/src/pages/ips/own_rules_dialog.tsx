import { Alert, Button, FileButton, Group } from '@mantine/core';
import { useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useCheckIpsRules } from '../../api/ips';
import type { IpsRuleCheck } from '../../api/types';
import { ConfirmDialog, Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { Icon } from '../../components/icon';
import type { PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { commentOut, decodeRuleFile, maxRuleText, ownRulesOf } from '../../policy/ips';
import { RuleFindings } from './rule_findings';
import { RuleTextArea, selectLine } from './rule_text_area';

type Mistake = 'empty' | 'too_large' | 'not_text' | 'no_rule' | 'there_already';

interface Props {
  tenant: string;
  group: string;
  policy: PolicyDocument;
  /** Without it a new one is made. */
  text: string | undefined;
  onEdit: (edit: Edit) => void;
  onClose: () => void;
}

/** Rules are typed, pasted or uploaded, and become part of the draft when the gateways' own parser refuses none of them. */
export function OwnRulesDialog({ tenant, group, policy, text: was, onEdit, onClose }: Props) {
  const { t } = useTranslation();
  const check = useCheckIpsRules(tenant, group);
  const [text, setText] = useState(was ?? '');
  const [mistake, setMistake] = useState<Mistake>();
  const [asking, setAsking] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const dirty = text !== (was ?? '');
  // Only what was found in the very text that is shown.
  const found = check.data !== undefined && check.variables === text ? check.data : undefined;

  const change = (next: string) => {
    setText(next);
    setMistake(undefined);
  };
  const checkNow = async (wanted: string): Promise<IpsRuleCheck | undefined> => {
    if (wanted.trim() === '') setMistake('empty');
    else if (wanted.length > maxRuleText) setMistake('too_large');
    else return check.mutateAsync(wanted).catch(() => undefined);
    return undefined;
  };
  const upload = async (file: File | null) => {
    if (!file) return;
    const read = file.size > maxRuleText ? undefined : decodeRuleFile(await file.arrayBuffer());
    if (read === undefined) return setMistake(file.size > maxRuleText ? 'too_large' : 'not_text');
    change(read);
    await checkNow(read);
  };
  const leaveOut = async () => {
    const next = commentOut(text, (found?.refused ?? []).map(({ line }) => line));
    change(next);
    await checkNow(next);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (was !== undefined && !dirty) return onClose();
    if (ownRulesOf(policy).includes(text)) return setMistake('there_already');
    const answer = found ?? (await checkNow(text));
    if (!answer || answer.num_refused > 0) return;
    if (answer.num_rules === 0) return setMistake('no_rule');
    onEdit(was === undefined ? { kind: 'add_ips_rules', text } : { kind: 'replace_ips_rules', was, text });
    onClose();
  };
  const close = () => (dirty ? setAsking(true) : onClose());
  const marked = new Set((found?.refused ?? []).map(({ line }) => line));
  return (
    <Dialog opened onClose={close} size="min(1200px, 96vw)" closeOnClickOutside={false} title={was === undefined ? t('ips.add_rules') : t('ips.edit_rules')}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Group gap="xs" mb="xs">
          <FileButton onChange={(file) => void upload(file)} accept=".rules,.txt,text/plain">
            {(props) => <Button {...props} size="compact-md" variant="default" leftSection={<Icon name="up" />}>{t('ips.upload')}</Button>}
          </FileButton>
          <Button size="compact-md" variant="default" loading={check.isPending} onClick={() => void checkNow(text)}>{t('ips.check')}</Button>
        </Group>
        <div className="rules-and-findings">
          <RuleTextArea ref={area} label={t('ips.rules_text')} text={text} marked={marked} onChange={change} />
          <div>
            {mistake && <Alert color="red" role="alert" p="xs" mb="xs">{t(`ips.mistake.${mistake}`)}</Alert>}
            {check.error && check.variables === text && <ErrorAlert error={check.error} />}
            {found && <RuleFindings text={text} found={found} onChoose={(line) => area.current && selectLine(area.current, text, line)} onLeaveOut={() => void leaveOut()} />}
          </div>
        </div>
        <Group justify="flex-end" mt="md" py="sm" pos="sticky" bottom={0} bg="var(--mantine-color-body)" style={{ zIndex: 3 }}>
          <Button variant="default" onClick={close}>{t('common.cancel')}</Button>
          <Button type="submit" loading={check.isPending}>{t('common.ok')}</Button>
        </Group>
      </form>
      {asking && (
        <ConfirmDialog title={t('leave.title')} text={t('leave.form')} action={t('leave.discard')} danger onConfirm={onClose} onClose={() => setAsking(false)} />
      )}
    </Dialog>
  );
}
