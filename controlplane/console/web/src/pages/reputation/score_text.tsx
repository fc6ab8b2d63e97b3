import { Badge, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useContentTitles } from '../../components/use_content_names';

/** Below which scores the sensitivities low, medium and high block (rules/reputation). */
const levels = [['low', 25, 'red'], ['medium', 50, 'orange'], ['high', 70, 'yellow']] as const;

/** A score with what it means, and its category. */
export function ScoreText({ score, category }: { score: number; category: string | undefined }) {
  const { t } = useTranslation();
  const titleOf = useContentTitles();
  const level = levels.find(([, below]) => score < below);
  return (
    <Group gap={6} data-score={score}>
      <Text span size="sm" fw={600}>{score}</Text>
      <Badge size="sm" variant="light" color={level?.[2] ?? 'green'} autoContrast>{level ? t(`reputation.blocked_by.${level[0]}`) : t('reputation.blocked_by.none')}</Badge>
      {category !== undefined && <Text span size="xs" c="dimmed">{titleOf('url_categories', category)}</Text>}
    </Group>
  );
}
