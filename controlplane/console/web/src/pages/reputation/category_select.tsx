import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useCatalogue } from '../../api/catalogue';
import { useTitles } from '../../components/use_titles';

/** A URL category or none (''). */
export function CategorySelect({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const { t } = useTranslation();
  const { title, sorted } = useTitles();
  const catalogue = useCatalogue('url_categories');
  const data = sorted(catalogue.data?.items ?? []).map((item) => ({ value: item.name, label: title(item) }));
  return (
    <Select label={t('reputation.category')} placeholder={t('reputation.no_category')} searchable clearable data={data}
      value={value === '' ? null : value} onChange={(name) => onChange(name ?? '')} />
  );
}
