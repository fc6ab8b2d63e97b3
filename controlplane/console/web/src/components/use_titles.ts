import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { inOrder, otherTitleIn, titleIn, type Titled } from '../policy/catalogue';

/** The titles of a catalogue as the page's language has them. */
export function useTitles() {
  const { i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(() => ({
    title: (value: Titled) => titleIn(language, value),
    other: (value: Titled) => otherTitleIn(language, value),
    sorted: <Value extends Titled>(values: readonly Value[]) => inOrder(language, values),
  }), [language]);
}
