import { Alert, List } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Mistake } from '../../api/types';
import { Icon } from '../../components/icon';
import { parseWarning } from '../../policy/warning_line';

/** What the console finds odd about a policy that is not wrong. */
export function PolicyWarnings({ warnings }: { warnings: readonly Mistake[] }) {
  const { t } = useTranslation();
  if (warnings.length === 0) return null;
  const text = ({ pointer, message }: Mistake) => {
    const found = parseWarning(message);
    switch (found.form) {
      case 'covered':
      case 'repeated':
      case 'never_on':
      case 'listed_twice':
        return t(`warning.${found.form}`, { ...found });
      case 'unused':
        return t('warning.unused', { subject: t(`difference_subject.${found.subject}`), name: found.name });
      case 'other':
        return `${pointer} ${found.line}`;
    }
  };
  return (
    <Alert color="yellow" mb="xs" p="xs" title={t('policy.warnings')} icon={<Icon name="warning" />}>
      <List size="xs">{warnings.map((warning, index) => <List.Item key={index}>{text(warning)}</List.Item>)}</List>
    </Alert>
  );
}
