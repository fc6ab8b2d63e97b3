import { Button, Group, Paper, Select, SimpleGrid, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useGateways } from '../../api/gateways';
import { portMistake, recordTypeOf, recordTypes, type FilterTexts } from './filter';

interface Props {
  tenant: string;
  filter: FilterTexts;
  onFilter: (texts: FilterTexts) => void;
}

const empty: FilterTexts = { type: '', gateway: '', action: '', rule: '', source: '', destination: '', destination_port: '', from: '', to: '' };

export function LogFilter({ tenant, filter, onFilter }: Props) {
  const { t } = useTranslation();
  const gateways = useGateways(tenant);
  const [texts, setTexts] = useState(filter);
  const set = (field: keyof FilterTexts) => (value: string | null) => setTexts({ ...texts, [field]: value ?? '' });
  const wrongPort = portMistake(texts.destination_port.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrongPort) onFilter(texts);
  };
  const text = (field: 'rule' | 'source' | 'destination' | 'destination_port', placeholder = '') => (
    <TextInput size="xs" label={t(`log.${field}`)} placeholder={placeholder} value={texts[field]} error={field === 'destination_port' && wrongPort && t('log.bad_port')}
      onChange={(event) => set(field)(event.currentTarget.value)} />
  );
  const moment = (field: 'from' | 'to') => (
    <TextInput size="xs" type="datetime-local" step={1} label={t(`log.${field}`)} value={texts[field]} onChange={(event) => set(field)(event.currentTarget.value)} />
  );
  return (
    <Paper withBorder p="xs" mb="sm" component="form" onSubmit={submit} role="search" aria-label={t('log.filter')}>
      <SimpleGrid cols={{ base: 2, md: 5 }} spacing="xs" verticalSpacing={4}>
        <Select size="xs" label={t('log.type')} allowDeselect={false} value={recordTypeOf(texts.type)}
          data={recordTypes.map((value) => ({ value, label: t(`log.record_type.${value}`) }))} onChange={set('type')} />
        <Select size="xs" label={t('log.gateway')} clearable searchable placeholder={t('common.any')} value={texts.gateway === '' ? null : texts.gateway}
          data={(gateways.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} onChange={set('gateway')} />
        <Select size="xs" label={t('log.action')} clearable placeholder={t('common.any')} value={texts.action === '' ? null : texts.action}
          data={(['allow', 'block', 'monitor'] as const).map((value) => ({ value, label: t(`action.${value}`) }))} onChange={set('action')} />
        {text('rule')}
        {text('source', '192.168.1.0/24')}
        {text('destination', '198.51.100.7')}
        {text('destination_port', '443')}
        {moment('from')}
        {moment('to')}
      </SimpleGrid>
      <Group justify="flex-end" mt="xs" gap="xs">
        <Button size="compact-sm" variant="default" onClick={() => { setTexts(empty); onFilter(empty); }}>{t('log.clear')}</Button>
        <Button size="compact-sm" type="submit">{t('log.apply')}</Button>
      </Group>
    </Paper>
  );
}
