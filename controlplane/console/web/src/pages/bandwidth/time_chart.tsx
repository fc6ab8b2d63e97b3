import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useFormats } from '../../components/use_formats';
import { barsOf, type Bar } from './view';

const height = 90;
const width = 720;
const inColour = 'var(--mantine-color-blue-6)';
const outColour = 'var(--mantine-color-teal-5)';

/** Bytes over time: in below, out on top of it. */
export function TimeChart({ times }: { times: readonly Bar[] }) {
  const { t } = useTranslation();
  const { bytes, time } = useFormats();
  const bars = barsOf(times, 60);
  const most = Math.max(1, ...bars.map((bar) => bar.bytes_in + bar.bytes_out));
  const step = width / Math.max(1, bars.length);
  const first = bars[0];
  const last = bars.at(-1);
  if (!first || !last) return null;
  return (
    <div className="panel" style={{ padding: 8, marginBottom: 12 }}>
      <svg viewBox={`0 0 ${width} ${height}`} width="100%" height={height} preserveAspectRatio="none" role="img"
        aria-label={t('bandwidth.chart', { most: bytes(most) })}>
        {bars.map((bar, index) => {
          const inHeight = (bar.bytes_in / most) * height;
          const outHeight = (bar.bytes_out / most) * height;
          return (
            <g key={bar.begin}>
              <title>{`${time(bar.begin)}: ${t('bandwidth.in')} ${bytes(bar.bytes_in)}, ${t('bandwidth.out')} ${bytes(bar.bytes_out)}`}</title>
              <rect x={index * step} width={step * 0.85} y={height - inHeight} height={inHeight} fill={inColour} />
              <rect x={index * step} width={step * 0.85} y={height - inHeight - outHeight} height={outHeight} fill={outColour} />
            </g>
          );
        })}
      </svg>
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed">{time(first.begin)}</Text>
        <Group gap="xs">
          <Text size="xs"><span aria-hidden="true" style={{ color: inColour }}>■</span> {t('bandwidth.in')}</Text>
          <Text size="xs"><span aria-hidden="true" style={{ color: outColour }}>■</span> {t('bandwidth.out')}</Text>
        </Group>
        <Text size="xs" c="dimmed">{time(last.end)}</Text>
      </Group>
    </div>
  );
}
