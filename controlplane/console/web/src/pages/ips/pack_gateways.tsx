import { Badge, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Content, ContentState } from '../../api/types';
import { ReasonText } from '../../components/delivery/reason_text';
import { Icon, type IconName } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { daysTooOld } from '../../policy/packs';

const colors: Record<ContentState, string> = {
  none: 'gray', waiting_for_enrolment: 'yellow', delivering: 'blue', accepted: 'green', refused: 'red', rolled_back: 'yellow',
};
const icons: Record<ContentState, IconName> = {
  none: 'clock', waiting_for_enrolment: 'clock', delivering: 'clock', accepted: 'check', refused: 'cross', rolled_back: 'history',
};

/** Which packs each gateway has, and how the last delivery of them went. */
export function PackGateways({ content }: { content: Content }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const [now] = useState(() => Date.now());
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
            {content.gateways.map((gateway) => (
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
                    <div key={pack.name}>
                      {t('packs.pack_in_force', { name: pack.name, version: number(pack.version), rules: number(pack.rules), refused: number(pack.refused) })}
                      {' '}
                      <AgeBadge days={daysTooOld(content.packs, pack, now)} />
                    </div>
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

function AgeBadge({ days }: { days: number | undefined }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  return days === undefined ? null : <Badge color="yellow" variant="light" tt="none">{t('packs.too_old', { days: number(days) })}</Badge>;
}
