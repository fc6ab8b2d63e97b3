import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { ReputationFeed } from '../../api/types';
import { useFormats } from '../../components/use_formats';

/** What of a feed was refused, entry by entry, as far as the console tells. */
export function FeedMistakes({ feed }: { feed: ReputationFeed }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { mistakes, num_refused: refused } = feed;
  return (
    <>
      <Text size="sm" mb="xs">{t('reputation.taken_and_refused', { taken: number(feed.num_ratings), refused: number(refused) })}</Text>
      {mistakes.map(({ place, message }, index) => <Text key={index} size="xs" className="long" data-mistake={place}>{`${place}: ${message}`}</Text>)}
      {refused > mistakes.length && <Text size="xs" c="dimmed">{t('reputation.first_mistakes', { number: number(mistakes.length) })}</Text>}
    </>
  );
}
