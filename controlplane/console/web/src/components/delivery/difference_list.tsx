import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useDifferenceText } from './use_difference_text';

export function DifferenceList({ lines }: { lines: readonly string[] }) {
  const { t } = useTranslation();
  const text = useDifferenceText();
  if (lines.length === 0) return <Text size="sm" c="dimmed">{t('differences.none')}</Text>;
  return <ul className="difference-list">{lines.map((line, index) => <li key={index}>{text(line)}</li>)}</ul>;
}

interface GroupDifferences {
  group: string;
  name: string;
  differences: readonly string[];
}

export function DifferencesByGroup({ groups }: { groups: readonly GroupDifferences[] }) {
  const { t } = useTranslation();
  if (groups.every(({ differences }) => differences.length === 0)) return <Text size="sm" c="dimmed">{t('differences.none')}</Text>;
  return (
    <>
      {groups.filter(({ differences }) => differences.length > 0).map(({ group, name, differences }) => (
        <section key={group} aria-label={name}>
          <Text size="sm" fw={600} mt="xs">{t('differences.group', { name })}</Text>
          <DifferenceList lines={differences} />
        </section>
      ))}
    </>
  );
}
