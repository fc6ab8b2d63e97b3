import { SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { chooseLanguage, languages, type Language } from '../i18n';

// Each language in its own words, whatever is chosen.
const names: Record<Language, string> = { ja: '日本語', en: 'English' };

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <SegmentedControl size="xs" aria-label={t('header.language')} value={i18n.language as Language}
      data={languages.map((value) => ({ value, label: names[value] }))} onChange={(value) => void chooseLanguage(value as Language)} />
  );
}
