import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { DeliveryState } from '../../api/types';
import { Icon, type IconName } from '../icon';

export const stateColors: Record<DeliveryState, string> = {
  delivering: 'blue', waiting_for_enrolment: 'yellow', succeeded: 'green', failed: 'red', superseded: 'gray',
};
const icons: Record<DeliveryState, IconName> = {
  delivering: 'clock', waiting_for_enrolment: 'clock', succeeded: 'check', failed: 'cross', superseded: 'history',
};

/** Told by word and symbol, not by colour alone. */
export function StateBadge({ state }: { state: DeliveryState }) {
  const { t } = useTranslation();
  return (
    <Badge color={stateColors[state]} variant="light" tt="none" leftSection={<Icon name={icons[state]} size={12} />} data-state={state}>
      {t(`delivery_state.${state}`)}
    </Badge>
  );
}
