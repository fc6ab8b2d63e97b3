import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Difference } from '../../policy/compare';
import { subjectOfSection } from './object_subjects';

export function PolicyDifferences({ differences }: { differences: readonly Difference[] }) {
  const { t, i18n } = useTranslation();
  if (differences.length === 0) return <Text size="sm" c="dimmed">{t('differences.none')}</Text>;
  const fieldName = (field: string) => (i18n.exists(`rule.${field}`) ? t(`rule.${field}` as 'rule.name') : field);
  const line = (difference: Difference) => {
    if (difference.kind === 'section') return t('differences.section', { section: difference.section });
    if ('name' in difference) {
      const subject = t(`difference_subject.${subjectOfSection[difference.section]}`);
      if (difference.kind === 'object_changed') return t('difference_line.values', { subject, name: difference.name, values: difference.values.join(', ') });
      return t(difference.kind === 'object_added' ? 'difference_line.added' : 'difference_line.removed', { subject, name: difference.name });
    }
    if (difference.kind !== 'changed') return t(`differences.${difference.kind}`, { rule: difference.rule });
    return t('differences.changed', { rule: difference.rule, fields: difference.fields.map(fieldName).join(', ') });
  };
  return <ul className="difference-list">{differences.map((difference, index) => <li key={index}>{line(difference)}</li>)}</ul>;
}
