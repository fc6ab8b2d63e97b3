import { Alert, Button, FileButton, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useCheckPack, usePackChanges } from '../../api/content';
import { useGroups } from '../../api/tenants';
import type { ContentFile, ContentPack } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { decodePackFile, isPackName, maxPackBytes, maxPackText, packFileName, suggestedPackName } from '../../policy/packs';
import { PackFindings } from './pack_findings';

type Mistake = 'no_file' | 'not_rules' | 'too_large' | 'not_text' | 'same_name' | 'bad_name' | 'no_rule';

async function readFiles(chosen: readonly File[]): Promise<ContentFile[] | Mistake> {
  const files: ContentFile[] = [];
  if (chosen.reduce((sum, { size }) => sum + size, 0) > maxPackBytes) return 'too_large';
  for (const file of chosen) {
    const name = packFileName(file.name);
    if (name === undefined) return 'not_rules';
    const text = decodePackFile(await file.arrayBuffer());
    if (text === undefined) return 'not_text';
    if (text.length > maxPackText) return 'too_large';
    if (files.some((other) => other.name === name)) return 'same_name';
    files.push({ name, text });
  }
  return files;
}

/** Files become a new pack, or a new version of one; what gateways would refuse of them is told before. */
export function PackDialog({ tenant, pack, onClose }: { tenant: string; pack: ContentPack | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const groups = useGroups(tenant);
  const check = useCheckPack(tenant);
  const { publish } = usePackChanges(tenant);
  const [name, setName] = useState(pack?.name ?? '');
  const [group, setGroup] = useState(pack?.group ?? '');
  const [notes, setNotes] = useState('');
  const [files, setFiles] = useState<ContentFile[]>([]);
  const [mistake, setMistake] = useState<Mistake>();
  const found = check.data !== undefined && check.variables === files ? check.data : undefined;

  const choose = async (chosen: File[]) => {
    if (chosen.length === 0) return;
    const read = await readFiles(chosen);
    if (typeof read === 'string') return setMistake(read);
    setMistake(undefined);
    setFiles(read);
    if (name === '') setName(suggestedPackName(read));
    check.mutate(read);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (files.length === 0) return setMistake('no_file');
    if (!isPackName(name)) return setMistake('bad_name');
    if (found?.num_rules === 0) return setMistake('no_rule');
    setMistake(undefined);
    publish.mutate({ name, files, notes, ...(group === '' ? {} : { group }) }, { onSuccess: onClose });
  };
  return (
    <Dialog opened onClose={onClose} size="min(800px, 96vw)" closeOnClickOutside={false} title={pack ? t('packs.new_version_of', { name: pack.name }) : t('packs.add')}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Group gap="xs">
            <FileButton multiple onChange={(chosen) => void choose(chosen)} accept=".rules,.config,.txt,text/plain">
              {(props) => <Button {...props} size="compact-md" variant="default" leftSection={<Icon name="up" />}>{t('packs.choose_files')}</Button>}
            </FileButton>
            <Text size="xs" c="dimmed">{t('packs.files_hint')}</Text>
          </Group>
          {files.map((file) => <Text key={file.name} size="sm" data-file={file.name}>{`${file.name} (${bytes(file.text.length)})`}</Text>)}
          <TextInput label={t('packs.name')} description={t('packs.name_hint')} value={name} disabled={pack !== undefined} maxLength={60} onChange={(event) => setName(event.currentTarget.value)} />
          <Select label={t('packs.group')} value={group} allowDeselect={false} onChange={(id) => setGroup(id ?? '')}
            data={[{ value: '', label: t('packs.all_groups') }, ...(groups.data ?? []).map(({ id, name: label }) => ({ value: id, label }))]} />
          <TextInput label={t('packs.notes')} value={notes} maxLength={500} onChange={(event) => setNotes(event.currentTarget.value)} />
          {mistake && <Alert color="red" role="alert" p="xs">{t(`packs.mistake.${mistake}`)}</Alert>}
          {check.error && <ErrorAlert error={check.error} />}
          {publish.error && <ErrorAlert error={publish.error} />}
          {found && <PackFindings found={found} />}
        </Stack>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" loading={publish.isPending || check.isPending}>{t('packs.publish')}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
