import { Button, Group, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { usePackChanges } from '../../api/content';
import type { ContentPack } from '../../api/types';
import { Dialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { useFormats } from '../../components/use_formats';

/** The gateways get another kept version of a pack. */
export function PackReturnDialog({ tenant, pack, onClose }: { tenant: string; pack: ContentPack; onClose: () => void }) {
  const { t } = useTranslation();
  const { number, time } = useFormats();
  const { returnTo } = usePackChanges(tenant);
  const others = pack.versions.filter(({ version }) => version !== pack.version);
  const [version, setVersion] = useState(others.find((one) => one.version < pack.version)?.version ?? others[0]?.version);
  return (
    <Dialog opened onClose={onClose} title={t('packs.return_title', { name: pack.name })}>
      <Radio.Group label={t('packs.version')} value={String(version)} onChange={(value) => setVersion(Number(value))}>
        <Stack gap="xs" my="sm">
          {others.map((one) => (
            <Radio key={one.version} value={String(one.version)}
              label={<>{t('packs.one_version', { version: number(one.version), rules: number(one.num_rules) })}<Text size="xs" c="dimmed">{`${time(one.created_at)} ${one.notes}`}</Text></>} />
          ))}
        </Stack>
      </Radio.Group>
      {returnTo.error && <ErrorAlert error={returnTo.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>{t('common.cancel')}</Button>
        <Button loading={returnTo.isPending} disabled={version === undefined}
          onClick={() => version !== undefined && returnTo.mutate({ pack: pack.id, version }, { onSuccess: onClose })}>{t('packs.return')}</Button>
      </Group>
    </Dialog>
  );
}
