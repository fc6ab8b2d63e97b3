import { Badge, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Delivery, DeliveryState } from '../../api/types';
import { useFormats } from '../use_formats';
import { stateColors } from './state_badge';

/** 配信中: n, 成功: n, 失敗: n (R157); the others only where there are any. */
export function DeliveryCounters({ delivery, size, oneLine = false }: { delivery: Delivery; size?: string; oneLine?: boolean }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const states: DeliveryState[] = ['delivering', 'succeeded', 'failed'];
  for (const state of ['waiting_for_enrolment', 'superseded'] as const) if (delivery[state] > 0) states.push(state);
  return (
    <Group gap={6} wrap={oneLine ? 'nowrap' : 'wrap'}>
      {states.map((state) => (
        <Badge key={state} size={size ?? 'md'} tt="none" color={delivery[state] > 0 ? stateColors[state] : 'gray'} data-counter={state}
          variant={delivery[state] > 0 ? 'filled' : 'outline'}>
          {`${t(`delivery_state.${state}`)}: ${number(delivery[state])}`}
        </Badge>
      ))}
    </Group>
  );
}
