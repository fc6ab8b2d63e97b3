import { Box, Button, Group, NumberInput, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useLookUpUrl, useReputationChanges } from '../../api/reputation';
import type { UrlLookup } from '../../api/types';
import { ErrorAlert } from '../../components/error_alert';
import { CategorySelect } from './category_select';
import { ScoreText } from './score_text';

function Found({ found }: { found: UrlLookup }) {
  const { t } = useTranslation();
  if (!found.rated || found.score === undefined) return <Text size="sm" data-found="unrated">{t('reputation.unrated', { url: found.url })}</Text>;
  return (
    <div data-found={found.expression}>
      <ScoreText score={found.score} category={found.category} />
      <Text size="sm" className="long">
        {found.source === 'own' ? t('reputation.by_own', { expression: found.expression }) : t('reputation.by_feed', { expression: found.expression, feed: found.feed })}
      </Text>
    </div>
  );
}

/** Looks a URL up, and rates it. */
export function UrlPanel() {
  const { t } = useTranslation();
  const lookUp = useLookUpUrl();
  const { rate } = useReputationChanges();
  const [url, setUrl] = useState('');
  const [score, setScore] = useState<number | string>(0);
  const [category, setCategory] = useState('');
  const trimmed = url.trim();
  const ask = (event: FormEvent) => {
    event.preventDefault();
    if (trimmed !== '') lookUp.mutate(trimmed);
  };
  const save = () => {
    if (trimmed === '' || typeof score !== 'number') return;
    rate.mutate({ url: trimmed, score, ...(category === '' ? {} : { category }) }, { onSuccess: () => lookUp.mutate(trimmed) });
  };
  return (
    <form onSubmit={ask} noValidate>
      <Box component="section" className="panel" mb="md" p="sm" aria-label={t('reputation.url_title')}>
        <Group align="flex-end" gap="xs">
          <TextInput style={{ flex: '1 1 260px' }} label={t('reputation.url')} value={url} maxLength={8192} onChange={(event) => setUrl(event.currentTarget.value)} />
          <Button type="submit" variant="default" loading={lookUp.isPending} disabled={trimmed === ''}>{t('reputation.look_up')}</Button>
        </Group>
        <Group align="flex-end" gap="xs" mt="xs" mb="xs">
          <NumberInput w={130} label={t('reputation.score')} min={0} max={100} clampBehavior="strict" allowDecimal={false} value={score} onChange={setScore} />
          <CategorySelect value={category} onChange={setCategory} />
          <Button loading={rate.isPending} disabled={trimmed === '' || typeof score !== 'number'} onClick={save}>{t('reputation.rate')}</Button>
        </Group>
        {lookUp.error && <ErrorAlert error={lookUp.error} />}
        {rate.error && <ErrorAlert error={rate.error} />}
        <div role="status">{lookUp.data && <Found found={lookUp.data} />}</div>
      </Box>
    </form>
  );
}
