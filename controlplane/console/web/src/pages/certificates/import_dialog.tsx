import { Alert, Button, FileButton, Group, Stack, Text } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useAuthorityChange } from '../../api/certificates';
import type { Gateway } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ChangeResult } from './change_result';

const maxBytes = 32 * 1024;

/** Two files go to the box. The key is read when it is sent, and remembered nowhere. */
export function ImportDialog({ tenant, gateway, onClose }: { tenant: string; gateway: Gateway; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useAuthorityChange(tenant, gateway.id);
  const [certificate, setCertificate] = useState<File | null>(null);
  const [key, setKey] = useState<File | null>(null);
  const [mistake, setMistake] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (certificate === null || key === null) return setMistake(t('certificates.missing_files'));
    if (certificate.size > maxBytes || key.size > maxBytes) return setMistake(t('certificates.too_large'));
    setMistake(undefined);
    change.start({ import: { certificate: await certificate.text(), key: await key.text() } });
  };
  return (
    <Dialog opened onClose={onClose} title={t('certificates.import_title', { name: gateway.name })} size="lg" centered>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          {!change.done && <Alert color="orange">{t('certificates.loss')}</Alert>}
          <ChangeResult change={change} />
          {!change.done && (
            <>
              <Text size="sm">{t('certificates.import_text')}</Text>
              <FileField label={t('certificates.certificate_file')} accept=".pem,.crt,.cer" file={certificate} onChoose={setCertificate} />
              <FileField label={t('certificates.key_file')} accept=".pem,.key" file={key} onChoose={setKey} />
              {mistake !== undefined && <Text size="sm" c="red" role="alert">{mistake}</Text>}
            </>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{change.done ? t('common.close') : t('common.cancel')}</Button>
            {!change.done && <Button type="submit" color="red" loading={change.busy}>{t('certificates.import')}</Button>}
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function FileField({ label, accept, file, onChoose }: { label: string; accept: string; file: File | null; onChoose: (file: File | null) => void }) {
  const { t } = useTranslation();
  return (
    <Group gap="sm">
      <Text size="sm" fw={600} w={100}>{label}</Text>
      <FileButton onChange={onChoose} accept={accept} inputProps={{ 'aria-label': label }}>
        {(props) => <Button variant="default" size="compact-md" aria-label={`${label}: ${t('certificates.choose_file')}`} {...props}>{t('certificates.choose_file')}</Button>}
      </FileButton>
      <Text size="sm" c="dimmed">{file?.name ?? t('certificates.no_file')}</Text>
    </Group>
  );
}
