import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useReputation } from '../../api/reputation';
import { PageHeader } from '../../components/page_header';
import { QueryState } from '../../components/query_state';
import { useFormats } from '../../components/use_formats';
import { FeedTable } from './feed_table';
import { OwnRatings } from './own_ratings';
import { UrlPanel } from './url_panel';

/** What gateways are told of URLs. It is of all tenants, and in force at once. */
export function ReputationPage() {
  const { t } = useTranslation();
  const { number } = useFormats();
  const reputation = useReputation();
  return (
    <>
      <PageHeader title={t('nav.reputation')} />
      <Text size="sm" c="dimmed" mb="sm">{t('reputation.hint')}</Text>
      <UrlPanel />
      <QueryState query={reputation}>
        {(data) => (
          <>
            <FeedTable feeds={data.feeds} />
            <OwnRatings ratings={data.ratings} total={data.num_own} />
            <Text size="xs" c="dimmed" mt="xs">{t('reputation.total', { number: number(data.num_ratings) })}</Text>
          </>
        )}
      </QueryState>
    </>
  );
}
