import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** Times, sizes and numbers as the chosen language writes them; times are in the reader's zone. */
export function useFormats() {
  const { i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(() => {
    const short = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });
    const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
    const zoned = new Intl.DateTimeFormat(language, {
      year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false, timeZoneName: 'longOffset',
    });
    const number = new Intl.NumberFormat(language);
    const bytes = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
    return {
      time: (milliseconds: number) => short.format(milliseconds),
      zonedTime: (milliseconds: number) => zoned.format(milliseconds),
      date: (milliseconds: number) => date.format(milliseconds),
      number: (value: number) => number.format(value),
      bytes: (value: number) => {
        const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
        const power = value > 0 ? Math.min(Math.floor(Math.log2(value) / 10), units.length - 1) : 0;
        return `${bytes.format(value / 1024 ** power)} ${units[power] ?? 'B'}`;
      },
      speed: (mbps: number) => (mbps >= 1000 ? `${bytes.format(mbps / 1000)} Gbit/s` : `${mbps} Mbit/s`),
    };
  }, [language]);
}
