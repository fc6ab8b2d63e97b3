import { Alert, Button, Code, Group, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Authority, Gateway } from '../../api/types';
import { Properties } from '../../components/properties';
import { useFormats } from '../../components/use_formats';
import { ExportMenu } from './export_menu';
import { ImportDialog } from './import_dialog';
import { RegenerateDialog } from './regenerate_dialog';

/** "AB:CD:...", as clients show it. */
function withColons(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':');
}

export function AuthorityPanel({ tenant, gateway }: { tenant: string; gateway: Gateway }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<'regenerate' | 'import'>();
  const close = () => setOpen(undefined);
  const { authority } = gateway;
  const hasOne = authority !== undefined && authority.trouble === undefined;
  return (
    <section aria-label={gateway.name} data-gateway={gateway.name}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">{gateway.name}</Title>
        <Group gap="xs">
          {hasOne && <ExportMenu tenant={tenant} gateway={gateway.id} authority={authority} />}
          <Button variant="default" disabled={!gateway.online} onClick={() => setOpen('regenerate')}>{t('certificates.regenerate')}</Button>
          <Button variant="default" disabled={!gateway.online} onClick={() => setOpen('import')}>{t('certificates.import')}</Button>
        </Group>
      </Group>
      {!gateway.online && <Text size="sm" c="dimmed" mb="xs">{t('certificates.offline')}</Text>}
      {authority === undefined && <Text size="sm" c="dimmed">{t('certificates.not_told')}</Text>}
      {authority?.trouble !== undefined && <Alert color="red" role="alert" title={t('certificates.trouble')}>{authority.trouble}</Alert>}
      {hasOne && <AuthorityTable authority={authority} />}
      {open === 'regenerate' && <RegenerateDialog tenant={tenant} gateway={gateway} onClose={close} />}
      {open === 'import' && <ImportDialog tenant={tenant} gateway={gateway} onClose={close} />}
    </section>
  );
}

function AuthorityTable({ authority }: { authority: Authority }) {
  const { t } = useTranslation();
  const { zonedTime } = useFormats();
  const origin = authority.origin === 'imported' ? t('certificates.origin_imported') : t('certificates.origin_generated');
  return (
    <Properties rows={[
      [t('certificates.subject'), authority.subject],
      [t('certificates.issuer'), authority.issuer],
      [t('certificates.valid_from'), zonedTime(authority.not_before ?? 0)],
      [t('certificates.expires'), zonedTime(authority.not_after ?? 0)],
      [t('certificates.fingerprint'), <Code key="fingerprint" style={{ wordBreak: 'break-all' }}>{withColons(authority.fingerprint ?? '')}</Code>],
      [t('certificates.key'), authority.key],
      [t('certificates.origin'), origin],
    ]} />
  );
}
