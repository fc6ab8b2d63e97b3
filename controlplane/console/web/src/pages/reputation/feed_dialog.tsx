import { Alert, Button, FileButton, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useReputationChanges } from '../../api/reputation';
import type { NewReputationFeed, ReputationFeed } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { isPackName } from '../../policy/packs';
import { CategorySelect } from './category_select';
import { FeedMistakes } from './feed_mistakes';

const maxBytes = 30 * 1024 * 1024; // so that the request fits
const formats = ['auto', 'plain', 'hosts', 'csv', 'misp', 'stix'] as const;

type Mistake = 'no_file' | 'too_large' | 'bad_name' | 'no_score';
interface Chosen { name: string; text: string }

/** What a feed may be called after its file. */
function suggestedName(file: string): string {
  return file.toLowerCase().replace(/\.[a-z]+$/, '').replace(/[^a-z0-9_-]+/g, '-').replace(/^[^a-z0-9]+/, '').slice(0, 60);
}

/** A file becomes a feed, or takes the place of one; then its mistakes are told. */
export function FeedDialog({ feed, onClose }: { feed: ReputationFeed | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { importFeed } = useReputationChanges();
  const [name, setName] = useState(feed?.name ?? '');
  const [format, setFormat] = useState<NonNullable<NewReputationFeed['format']>>('auto');
  const [score, setScore] = useState<number | string>(feed?.score ?? 0);
  const [category, setCategory] = useState(feed?.category ?? '');
  const [file, setFile] = useState<Chosen>();
  const [mistake, setMistake] = useState<Mistake>();

  const choose = async (chosen: File | null) => {
    if (!chosen) return;
    if (chosen.size > maxBytes) return setMistake('too_large');
    setMistake(undefined);
    setFile({ name: chosen.name, text: await chosen.text() });
    if (name === '') setName(suggestedName(chosen.name));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (!file) return setMistake('no_file');
    if (!isPackName(name)) return setMistake('bad_name');
    if (typeof score !== 'number') return setMistake('no_score');
    setMistake(undefined);
    importFeed.mutate({ name, format, text: file.text, score, ...(category === '' ? {} : { category }) });
  };
  if (importFeed.data) {
    return (
      <Dialog opened onClose={onClose} title={t('reputation.imported_title', { name })}>
        <FeedMistakes feed={importFeed.data} />
        <Group justify="flex-end" mt="md"><Button onClick={onClose}>{t('common.close')}</Button></Group>
      </Dialog>
    );
  }
  return (
    <Dialog opened onClose={onClose} size="min(640px, 96vw)" closeOnClickOutside={false} title={feed ? t('reputation.replace_of', { name: feed.name }) : t('reputation.import')}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Group gap="xs">
            <FileButton onChange={(chosen) => void choose(chosen)} accept=".txt,.csv,.json,.list,.hosts,text/plain">
              {(props) => <Button {...props} size="compact-md" variant="default" leftSection={<Icon name="up" />}>{t('reputation.choose_file')}</Button>}
            </FileButton>
            <Text size="sm">{file ? `${file.name} (${bytes(file.text.length)})` : ''}</Text>
          </Group>
          <Text size="xs" c="dimmed">{t('reputation.file_hint')}</Text>
          <TextInput label={t('reputation.name')} description={t('packs.name_hint')} value={name} disabled={feed !== undefined} maxLength={60} onChange={(event) => setName(event.currentTarget.value)} />
          <Select label={t('reputation.format')} value={format} allowDeselect={false} onChange={(chosen) => setFormat(formats.find((one) => one === chosen) ?? 'auto')}
            data={formats.map((one) => ({ value: one, label: t(`reputation.format_name.${one}`) }))} />
          <NumberInput label={t('reputation.score')} description={t('reputation.score_hint')} min={0} max={100} clampBehavior="strict" allowDecimal={false} value={score} onChange={setScore} />
          <CategorySelect value={category} onChange={setCategory} />
          {mistake && <Alert color="red" role="alert" p="xs">{t(`reputation.mistake.${mistake}`)}</Alert>}
          {importFeed.error && <ErrorAlert error={importFeed.error} />}
        </Stack>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" loading={importFeed.isPending}>{t('reputation.import_now')}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
