import { Button, Group, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useAnswer, useSparedRemoval } from '../../api/answers';
import type { Gateway } from '../../api/types';
import { ConfirmDialog } from '../../components/dialog';
import { ErrorAlert } from '../../components/error_alert';
import { QueryState } from '../../components/query_state';
import { useFormats } from '../../components/use_formats';
import { isFailure, sparedOf, type SparedPair } from './decryption';

type Removal = ReturnType<typeof useSparedRemoval>;

/** The pairs of a client and a host that smart bypass spares, and the way to decrypt them again. */
export function SparedSection({ tenant, gateway }: { tenant: string; gateway: Gateway }) {
  const { t } = useTranslation();
  const list = useAnswer(tenant, gateway.id, 'tls.bypasses.list');
  const removal = useSparedRemoval(tenant, gateway.id);
  const [clearing, setClearing] = useState(false);
  const isEmpty = list.data === undefined || sparedOf(list.data).total === 0;
  return (
    <section aria-label={t('spared.title')}>
      <Group justify="space-between" mb="xs">
        <Title order={3}>{t('spared.title')}</Title>
        <Group gap="xs">
          <Button size="compact-xs" variant="default" loading={list.isFetching} aria-label={t('spared.refresh')} onClick={() => void list.refetch()}>{t('decryption.refresh')}</Button>
          <Button size="compact-xs" variant="default" c="red" disabled={isEmpty || removal.isPending} onClick={() => setClearing(true)}>{t('spared.clear')}</Button>
        </Group>
      </Group>
      <Text size="xs" c="dimmed" mb="xs">{t('spared.about')}</Text>
      {removal.error && <ErrorAlert error={removal.error} />}
      <QueryState query={list} isEmpty={(answer) => sparedOf(answer).pairs.length === 0} empty={t('spared.none')}>
        {(answer) => <SparedTable pairs={sparedOf(answer).pairs} total={sparedOf(answer).total} toldAt={list.dataUpdatedAt} removal={removal} />}
      </QueryState>
      {clearing && (
        <ConfirmDialog title={t('spared.clear')} text={t('spared.clear_text')} action={t('spared.clear')} danger onClose={() => setClearing(false)}
          onConfirm={() => {
            removal.mutate('all');
            setClearing(false);
          }} />
      )}
    </section>
  );
}

interface TableProps {
  pairs: readonly SparedPair[];
  total: number;
  /** When the gateway told how much time is left, Unix milliseconds. */
  toldAt: number;
  removal: Removal;
}

function SparedTable({ pairs, total, toldAt, removal }: TableProps) {
  const { t } = useTranslation();
  const { number } = useFormats();
  return (
    <>
      <div className="panel panel-scroll" style={{ maxHeight: '50vh' }} tabIndex={0} role="group" aria-label={t('spared.title')}>
        <table className="grid">
          <thead>
            <tr>
              <th scope="col">{t('spared.client')}</th>
              <th scope="col">{t('spared.host')}</th>
              <th scope="col">{t('spared.reason')}</th>
              <th scope="col">{t('spared.until')}</th>
              <th scope="col" className="narrow">{t('common.actions')}</th>
            </tr>
          </thead>
          <tbody>
            {pairs.map((pair) => <SparedRow key={`${pair.client} ${pair.host}`} pair={pair} toldAt={toldAt} removal={removal} />)}
          </tbody>
        </table>
      </div>
      {total > pairs.length && <Text size="xs" c="dimmed" mt={4}>{t('spared.more', { number: number(total - pairs.length) })}</Text>}
    </>
  );
}

function SparedRow({ pair, toldAt, removal }: { pair: SparedPair; toldAt: number; removal: Removal }) {
  const { t } = useTranslation();
  const { time } = useFormats();
  const { client, host, failure } = pair;
  return (
    <tr data-spared={`${client} ${host}`}>
      <td>{client}</td>
      <td className="long">{host}</td>
      <td className="long">{isFailure(failure) ? t(`spared.failure.${failure}`) : failure}</td>
      <td>{time(toldAt + pair.secondsLeft * 1000)}</td>
      <td className="narrow">
        <Button size="compact-xs" variant="default" c="red" disabled={removal.isPending} aria-label={t('spared.remove_one', { client, host })} onClick={() => removal.mutate({ client, host })}>
          {t('common.remove')}
        </Button>
      </td>
    </tr>
  );
}
