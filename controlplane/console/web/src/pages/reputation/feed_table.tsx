import { Button, Group, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useReputationChanges } from '../../api/reputation';
import type { ReputationFeed } from '../../api/types';
import { ConfirmDialog, Dialog } from '../../components/dialog';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { FeedDialog } from './feed_dialog';
import { FeedMistakes } from './feed_mistakes';
import { ScoreText } from './score_text';

type Open = { dialog: 'import'; feed: ReputationFeed | undefined } | { dialog: 'mistakes' | 'remove'; feed: ReputationFeed } | undefined;

export function FeedTable({ feeds }: { feeds: readonly ReputationFeed[] }) {
  const { t } = useTranslation();
  const { removeFeed } = useReputationChanges();
  const [open, setOpen] = useState<Open>();
  const close = () => {
    removeFeed.reset();
    setOpen(undefined);
  };
  return (
    <>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t('reputation.feeds')}</Title>
        <Button size="compact-md" leftSection={<Icon name="plus" />} onClick={() => setOpen({ dialog: 'import', feed: undefined })}>{t('reputation.import')}</Button>
      </Group>
      <div className="panel panel-scroll">
        <table className="grid">
          <thead>
            <tr>
              <th scope="col">{t('reputation.name')}</th>
              <th scope="col">{t('reputation.ratings')}</th>
              <th scope="col">{t('reputation.score')}</th>
              <th scope="col">{t('reputation.imported')}</th>
              <th scope="col" className="narrow">{t('common.actions')}</th>
            </tr>
          </thead>
          <tbody>{feeds.map((feed) => <FeedRow key={feed.name} feed={feed} onOpen={setOpen} />)}</tbody>
        </table>
        {feeds.length === 0 && <Text c="dimmed" size="sm" p="lg" ta="center">{t('reputation.no_feeds')}</Text>}
      </div>
      {open?.dialog === 'import' && <FeedDialog feed={open.feed} onClose={close} />}
      {open?.dialog === 'mistakes' && <Dialog opened onClose={close} title={t('reputation.mistakes_of', { name: open.feed.name })}><FeedMistakes feed={open.feed} /></Dialog>}
      {open?.dialog === 'remove' && (
        <ConfirmDialog title={t('reputation.remove_feed')} text={t('reputation.remove_feed_text', { name: open.feed.name })} action={t('common.remove')} danger
          busy={removeFeed.isPending} error={removeFeed.error} onClose={close} onConfirm={() => removeFeed.mutate(open.feed.name, { onSuccess: close })} />
      )}
    </>
  );
}

function FeedRow({ feed, onOpen }: { feed: ReputationFeed; onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  const { number, time } = useFormats();
  const { name } = feed;
  return (
    <tr data-feed={name}>
      <td className="long">{name}<Text size="xs" c="dimmed">{feed.format}</Text></td>
      <td className="nowrap">
        {number(feed.num_ratings)}
        <Text size="xs" c="dimmed">{t('reputation.refused_and_left_out', { refused: number(feed.num_refused), left_out: number(feed.num_left_out) })}</Text>
      </td>
      <td><ScoreText score={feed.score} category={feed.category} /></td>
      <td className="nowrap">{time(feed.changed_at)}<Text size="xs" c="dimmed">{feed.changed_by}</Text></td>
      <td className="narrow">
        <Group gap={4} wrap="nowrap">
          <Button size="compact-xs" variant="default" disabled={feed.mistakes.length === 0} aria-label={t('reputation.mistakes_of', { name })} onClick={() => onOpen({ dialog: 'mistakes', feed })}>{t('reputation.mistakes')}</Button>
          <Button size="compact-xs" variant="default" aria-label={t('reputation.replace_of', { name })} onClick={() => onOpen({ dialog: 'import', feed })}>{t('reputation.replace')}</Button>
          <Button size="compact-xs" variant="default" c="red" aria-label={t('object.remove_one', { name })} onClick={() => onOpen({ dialog: 'remove', feed })}>{t('common.remove')}</Button>
        </Group>
      </td>
    </tr>
  );
}
