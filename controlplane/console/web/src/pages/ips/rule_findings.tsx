import { Alert, Button, Group, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { IpsRule, IpsRuleCheck, IpsRuleFinding } from '../../api/types';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';

const shownRules = 200;
const shownText = 160; // characters of a line
const before = 24; // of them before the column

/** The part of a line around a column, and what of it is behind the column. */
function around(line: string, column: number): [string, string] {
  const characters = [...line];
  const at = Math.max(0, column - 1);
  const start = Math.max(0, at - before);
  const end = start + shownText;
  return [`${start > 0 ? '…' : ''}${characters.slice(start, at).join('')}`, characters.slice(at, end).join('') + (characters.length > end ? '…' : '')];
}

interface Props {
  text: string;
  found: IpsRuleCheck;
  onChoose: (line: number) => void;
  /** Puts a comment sign before every rule that is refused. */
  onLeaveOut: () => void;
}

/** What the parser makes of the rules: what it refuses with line, column and reason; what is odd; what it understood. */
export function RuleFindings({ text, found, onChoose, onLeaveOut }: Props) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const lines = useMemo(() => text.split('\n'), [text]);
  const refused = found.num_refused > 0;
  return (
    <section aria-label={t('ips.findings')} aria-live="polite">
      <Alert color={refused ? 'red' : 'green'} p="xs" role={refused ? 'alert' : 'status'} icon={<Icon name={refused ? 'warning' : 'check'} />}
        title={refused ? t('ips.refused_count', { number: number(found.num_refused) }) : t('ips.all_understood', { number: number(found.num_rules) })}>
        <Text size="xs">{t('ips.counts', { rules: number(found.num_rules), disabled: number(found.num_disabled), others: number(found.num_not_for_us) })}</Text>
        {refused && found.num_rules > 0 && <Button size="compact-xs" mt={6} variant="default" onClick={onLeaveOut}>{t('ips.leave_out')}</Button>}
      </Alert>
      {refused && <FindingList lines={lines} findings={found.refused} total={found.num_refused} onChoose={onChoose} kind="refused" />}
      {found.num_warnings > 0 && (
        <>
          <Text size="xs" fw={600} mt="sm">{t('ips.warning_count', { number: number(found.num_warnings) })}</Text>
          <FindingList lines={lines} findings={found.warnings} total={found.num_warnings} onChoose={onChoose} kind="warning" />
        </>
      )}
      {found.rules.length > 0 && <UnderstoodRules rules={found.rules} total={found.num_rules} onChoose={onChoose} />}
    </section>
  );
}

interface ListProps {
  lines: readonly string[];
  findings: readonly IpsRuleFinding[];
  total: number;
  kind: 'refused' | 'warning';
  onChoose: (line: number) => void;
}

function FindingList({ lines, findings, total, kind, onChoose }: ListProps) {
  const { t } = useTranslation();
  const { number } = useFormats();
  return (
    <ul className="rule-findings" data-kind={kind}>
      {findings.map((finding, index) => {
        const [left, right] = around(lines[finding.line - 1] ?? '', finding.column);
        return (
          <li key={index} data-line={finding.line}>
            <Group gap={6}>
              <button type="button" className="row-button" onClick={() => onChoose(finding.line)}>{t('ips.place', { line: finding.line, column: finding.column })}</button>
              {finding.signature !== undefined && <Text span size="xs" c="dimmed">{`sid ${finding.signature}`}</Text>}
            </Group>
            <div className="reason">{finding.message}</div>
            <code className="code-line">{left}<mark>{right}</mark></code>
          </li>
        );
      })}
      {total > findings.length && <li>{t('ips.more', { number: number(total - findings.length) })}</li>}
    </ul>
  );
}

function UnderstoodRules({ rules, total, onChoose }: { rules: readonly IpsRule[]; total: number; onChoose: (line: number) => void }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const shown = rules.slice(0, shownRules);
  return (
    <div className="panel panel-scroll" style={{ maxHeight: 240, marginTop: 12 }} tabIndex={0} role="group" aria-label={t('ips.understood')}>
      <table className="grid">
        <thead>
          <tr>
            <th scope="col" className="narrow">{t('ips.rule_number')}</th>
            <th scope="col" className="narrow">{t('ips.rule_action')}</th>
            <th scope="col">{t('ips.rule_message')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((rule, index) => (
            <tr key={index}>
              <td className="narrow"><button type="button" className="row-button" onClick={() => onChoose(rule.line)}>{rule.signature}</button></td>
              <td className="narrow">{rule.action}</td>
              <td className="long">{rule.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {total > shown.length && <Text size="xs" c="dimmed" p={6}>{t('ips.more', { number: number(total - shown.length) })}</Text>}
    </div>
  );
}
