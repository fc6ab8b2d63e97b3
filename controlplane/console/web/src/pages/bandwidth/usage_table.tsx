import { Button, Progress, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { BandwidthBy } from '../../api/bandwidth';
import type { Bandwidth } from '../../api/types';
import { useFormats } from '../../components/use_formats';

interface Props {
  by: BandwidthBy;
  data: Bandwidth;
  onChoose: (who: string) => void;
}

/** Those with most first, each with its share of all. */
export function UsageTable({ by, data, onChoose }: Props) {
  const { t, i18n } = useTranslation();
  const { bytes, number } = useFormats();
  const all = data.total.bytes_in + data.total.bytes_out;
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 });
  return (
    <div className="panel panel-scroll">
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">{t(`bandwidth.by.${by}`)}</th>
            <th scope="col">{t('bandwidth.in')}</th>
            <th scope="col">{t('bandwidth.out')}</th>
            <th scope="col">{t('bandwidth.share')}</th>
            <th scope="col" aria-label={t('bandwidth.share_bar')} style={{ width: '30%' }} />
          </tr>
        </thead>
        <tbody>
          {data.rows.map(({ who, traffic }) => {
            const share = all === 0 ? 0 : (traffic.bytes_in + traffic.bytes_out) / all;
            return (
              <tr key={who} data-who={who}>
                <td className="long">
                  {who === ''
                    ? <Text size="sm" c="dimmed">{t('bandwidth.others')}</Text>
                    : <Button variant="subtle" size="compact-sm" title={t('bandwidth.drill_down')} onClick={() => onChoose(who)}>{who}</Button>}
                </td>
                <td className="nowrap">{bytes(traffic.bytes_in)}</td>
                <td className="nowrap">{bytes(traffic.bytes_out)}</td>
                <td className="nowrap">{percent.format(share)}</td>
                <td><Progress value={share * 100} aria-label={`${who === '' ? t('bandwidth.others') : who} ${percent.format(share)}`} /></td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <Text size="xs" c="dimmed" p="xs">
        {t('bandwidth.total', { in: bytes(data.total.bytes_in), out: bytes(data.total.bytes_out), rows: number(data.num_rows) })}
      </Text>
    </div>
  );
}
