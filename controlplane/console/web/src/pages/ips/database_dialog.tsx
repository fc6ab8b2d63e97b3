import { Alert, Button, FileButton, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useDatabaseChanges } from '../../api/content';
import type { ContentDatabase } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';

type Kind = ContentDatabase['kind'];
const kinds: readonly Kind[] = ['urls', 'reputation', 'indicators'];
const maxBytes = 22 * 1024 * 1024; // so that the request fits, in base64

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  const piece = 0x8000; // as many arguments as every browser takes
  for (let at = 0; at < bytes.length; at += piece) text += String.fromCharCode(...bytes.subarray(at, at + piece));
  return btoa(text);
}

/** A file of `sekisho content build --pack` becomes the newest version of its kind. */
export function DatabaseDialog({ tenant, onClose }: { tenant: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { publish } = useDatabaseChanges(tenant);
  const [kind, setKind] = useState<Kind>('urls');
  const [notes, setNotes] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const [mistake, setMistake] = useState<'no_file' | 'too_large'>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (file === null) return setMistake('no_file');
    if (file.size > maxBytes) return setMistake('too_large');
    setMistake(undefined);
    publish.mutate({ kind, notes, list: await base64Of(file) }, { onSuccess: onClose });
  };
  return (
    <Dialog opened onClose={onClose} closeOnClickOutside={false} title={t('databases.publish')}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="sm">
          <Select label={t('databases.kind')} value={kind} allowDeselect={false} onChange={(value) => setKind(kinds.find((one) => one === value) ?? 'urls')}
            data={kinds.map((one) => ({ value: one, label: t(`databases.kinds.${one}`) }))} />
          <Group gap="xs">
            <FileButton onChange={setFile}>
              {(props) => <Button {...props} size="compact-md" variant="default" leftSection={<Icon name="up" />}>{t('databases.choose_file')}</Button>}
            </FileButton>
            <Text size="xs" c="dimmed">{file === null ? t('databases.file_hint') : `${file.name} (${bytes(file.size)})`}</Text>
          </Group>
          <TextInput label={t('packs.notes')} value={notes} maxLength={500} onChange={(event) => setNotes(event.currentTarget.value)} />
          {mistake && <Alert color="red" role="alert" p="xs">{t(`databases.mistake.${mistake}`)}</Alert>}
          {publish.error && <ErrorAlert error={publish.error} />}
        </Stack>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" loading={publish.isPending}>{t('packs.publish')}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
