import { Badge, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { ContentState, GatewayContent } from '../../api/types';
import { ReasonText } from '../../components/delivery/reason_text';
import { Icon, type IconName } from '../../components/icon';
import { useFormats } from '../../components/use_formats';

const colors: Record<ContentState, string> = {
  none: 'gray', waiting_for_enrolment: 'yellow', delivering: 'blue', accepted: 'green', refused: 'red', rolled_back: 'yellow',
};
const icons: Record<ContentState, IconName> = {
  none: 'clock', waiting_for_enrolment: 'clock', delivering: 'clock', accepted: 'check', refused: 'cross', rolled_back: 'history',
};

/** Which packs each gateway has, and how the last delivery of them went. */
export function PackGateways({ gateways }: { gateways: readonly GatewayContent[] }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  return (
    <section aria-label={t('packs.on_gateways')}>
      <Text size="sm" fw={600} mb={4}>{t('packs.on_gateways')}</Text>
      <div className="panel panel-scroll">
        <table className="grid">
          <thead>
            <tr>
              <th scope="col">{t('packs.gateway')}</th>
              <th scope="col">{t('packs.state')}</th>
              <th scope="col">{t('packs.in_force')}</th>
            </tr>
          </thead>
          <tbody>
            {gateways.map((gateway) => (
              <tr key={gateway.gateway} data-gateway={gateway.name}>
                <td className="long">{gateway.name}<Text size="xs" c="dimmed">{gateway.group}</Text></td>
                <td>
                  <Badge color={colors[gateway.state]} variant="light" tt="none" leftSection={<Icon name={icons[gateway.state]} size={12} />} data-state={gateway.state}>
                    {t(`content_state.${gateway.state}`)}
                  </Badge>
                  {(gateway.state === 'refused' || gateway.state === 'rolled_back') && <ReasonText code={gateway.reason_code} reason={gateway.reason} />}
                </td>
                <td>
                  {gateway.packs.map((pack) => (
                    <div key={pack.name}>{t('packs.pack_in_force', { name: pack.name, version: number(pack.version), rules: number(pack.rules), refused: number(pack.refused) })}</div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
