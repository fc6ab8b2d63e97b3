import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useAnswer } from '../../api/answers';
import type { Gateway } from '../../api/types';
import { Properties } from '../../components/properties';
import { QueryState } from '../../components/query_state';
import { useFormats } from '../../components/use_formats';
import { causes, decryptionOf, outcomes, type Decryption, type Figure } from './decryption';
import { SparedSection } from './spared_section';

/** What the gateway decrypts and what it leaves alone, asked when the page is opened (R074). */
export function DecryptionTab({ tenant, gateway }: { tenant: string; gateway: Gateway }) {
  const { t } = useTranslation();
  if (!gateway.online) return <Alert color="orange">{t('diagnostics.offline')}</Alert>;
  return (
    <Stack gap="lg">
      <FiguresSection tenant={tenant} gateway={gateway} />
      <SparedSection tenant={tenant} gateway={gateway} />
    </Stack>
  );
}

function FiguresSection({ tenant, gateway }: { tenant: string; gateway: Gateway }) {
  const { t } = useTranslation();
  const status = useAnswer(tenant, gateway.id, 'status');
  return (
    <section aria-label={t('decryption.figures')}>
      <Group justify="space-between" mb="xs">
        <Title order={3}>{t('decryption.figures')}</Title>
        <Button size="compact-xs" variant="default" loading={status.isFetching} aria-label={t('decryption.refresh_figures')} onClick={() => void status.refetch()}>{t('decryption.refresh')}</Button>
      </Group>
      <QueryState query={status}>
        {(answer) => <Figures decryption={decryptionOf(answer)} />}
      </QueryState>
    </section>
  );
}

function Figures({ decryption }: { decryption: Decryption | undefined }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  if (decryption === undefined) return <Alert color="red" role="alert">{t('decryption.no_answer')}</Alert>;
  if (!decryption.wanted) return <Text size="sm" c="dimmed">{t('decryption.not_wanted')}</Text>;
  const row = (name: Figure) => [t(`decryption.figure.${name}`), number(decryption.figures[name])] as const;
  const seen = causes.filter((name) => decryption.figures[name] > 0);
  const away = decryption.workers - decryption.attached;
  return (
    <Stack gap="xs">
      {away > 0 && <Alert color="orange" role="alert" title={t('decryption.away', { away: number(away), workers: number(decryption.workers) })}>{decryption.problem}</Alert>}
      <Properties rows={outcomes.map(row)} />
      {seen.length > 0 && (
        <>
          <Title order={4} size="sm">{t('decryption.causes')}</Title>
          <Properties rows={seen.map(row)} />
        </>
      )}
      <Text size="xs" c="dimmed">{t('decryption.since_start')}</Text>
    </Stack>
  );
}
