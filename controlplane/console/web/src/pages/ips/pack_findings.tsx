import { Alert, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { IpsRuleCheck } from '../../api/types';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';

const shown = 100;

/** What gateways make of a pack. A refused rule is left out alone, so it does not keep the pack from them. */
export function PackFindings({ found }: { found: IpsRuleCheck }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const refused = found.num_refused > 0;
  return (
    <section aria-label={t('ips.findings')} aria-live="polite">
      <Alert color={found.num_rules === 0 ? 'red' : refused ? 'yellow' : 'green'} p="xs" role="status" icon={<Icon name={refused ? 'warning' : 'check'} />}
        title={t('ips.all_understood', { number: number(found.num_rules) })}>
        {refused && <Text size="xs">{t('packs.left_out', { number: number(found.num_refused) })}</Text>}
        <Text size="xs">{t('ips.counts', { rules: number(found.num_rules), disabled: number(found.num_disabled), others: number(found.num_not_for_us) })}</Text>
      </Alert>
      <ul className="rule-findings" data-kind="refused">
        {found.refused.slice(0, shown).map((finding, index) => (
          <li key={index} data-line={finding.line}>
            <Text size="xs" c="dimmed">{`${finding.file ?? ''} ${t('ips.place', { line: finding.line, column: finding.column })}${finding.signature === undefined ? '' : ` sid ${finding.signature}`}`}</Text>
            <div className="reason">{finding.message}</div>
          </li>
        ))}
        {found.num_refused > shown && <li>{t('ips.more', { number: number(found.num_refused - shown) })}</li>}
      </ul>
    </section>
  );
}
