import { Alert, Button, Group, Menu } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { certificateUrl } from '../../api/certificates';
import type { Authority } from '../../api/types';
import { derOf, profileOf } from './certificate_files';

interface Props {
  tenant: string;
  gateway: string;
  authority: Authority;
}

function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // a download that was begun has it by then
}

/** The certificate as a file (R091): Sekisho.crt, and what else clients take. */
export function ExportMenu({ tenant, gateway, authority }: Props) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState(false);
  const url = certificateUrl(tenant, gateway);
  const make = async (name: string, content: (pem: string) => Blob) => {
    setFailed(false);
    try {
      const answer = await fetch(url, { credentials: 'same-origin' });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      save(name, content(await answer.text()));
    } catch {
      setFailed(true);
    }
  };
  const der = (pem: string) => new Blob([derOf(pem)], { type: 'application/pkix-cert' });
  const profile = (pem: string) => new Blob([profileOf(pem, authority.subject ?? 'Sekisho', authority.fingerprint ?? '')], { type: 'application/x-apple-aspen-config' });
  return (
    <>
      <Group gap={4}>
        <Button component="a" href={url} download="Sekisho.crt">{t('certificates.export')}</Button>
        <Menu position="bottom-start" withinPortal>
          <Menu.Target><Button variant="default">{t('certificates.other_forms')}</Button></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void make('Sekisho.cer', der)}>{t('certificates.as_der')}</Menu.Item>
            <Menu.Item onClick={() => void make('Sekisho.mobileconfig', profile)}>{t('certificates.as_profile')}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      {failed && <Alert color="red" role="alert" p="xs">{t('certificates.export_failed')}</Alert>}
    </>
  );
}
