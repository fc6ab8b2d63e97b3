import { Button, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useReputationChanges } from '../../api/reputation';
import type { UrlRating } from '../../api/types';
import { ConfirmDialog } from '../../components/dialog';
import { useFormats } from '../../components/use_formats';
import { ScoreText } from './score_text';

/** What people rated one by one; `total` may be more than are listed. */
export function OwnRatings({ ratings, total }: { ratings: readonly UrlRating[]; total: number }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { unrate } = useReputationChanges();
  const [removed, setRemoved] = useState<string>();
  const close = () => {
    unrate.reset();
    setRemoved(undefined);
  };
  return (
    <>
      <Title order={2} mt="md" mb="xs">{t('reputation.own')}</Title>
      <div className="panel panel-scroll">
        <table className="grid">
          <thead>
            <tr>
              <th scope="col">{t('reputation.expression')}</th>
              <th scope="col">{t('reputation.score')}</th>
              <th scope="col" className="narrow">{t('common.actions')}</th>
            </tr>
          </thead>
          <tbody>
            {ratings.map(({ expression, score, category }) => (
              <tr key={expression} data-rating={expression}>
                <td className="long">{expression}</td>
                <td><ScoreText score={score} category={category} /></td>
                <td className="narrow">
                  <Button size="compact-xs" variant="default" c="red" aria-label={t('object.remove_one', { name: expression })} onClick={() => setRemoved(expression)}>{t('common.remove')}</Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {ratings.length === 0 && <Text c="dimmed" size="sm" p="lg" ta="center">{t('reputation.no_own')}</Text>}
      </div>
      {total > ratings.length && <Text size="xs" c="dimmed" mt={4}>{t('reputation.more_own', { shown: number(ratings.length), total: number(total) })}</Text>}
      {removed !== undefined && (
        <ConfirmDialog title={t('reputation.remove_rating')} text={t('reputation.remove_rating_text', { expression: removed })} action={t('common.remove')} danger
          busy={unrate.isPending} error={unrate.error} onClose={close} onConfirm={() => unrate.mutate(removed, { onSuccess: close })} />
      )}
    </>
  );
}
