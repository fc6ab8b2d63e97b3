import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { useCatalogue } from '../api/catalogue';
import { useFormats } from './use_formats';
import { useTitles } from './use_titles';
import { functionNamed, groupNamed, type Catalogue } from '../policy/catalogue';
import { countOf, selectionOf } from '../policy/content_selection';
import type { ContentKind } from '../policy/document';

/** What a reader is told of a name in a rule's content; without a catalogue the name itself. */
export function useContentNames(catalogue: Catalogue | undefined) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { title } = useTitles();
  return useMemo(() => {
    const item = (name: string) => catalogue?.item.get(name);
    const group = (name: string) => catalogue && groupNamed(catalogue, name);
    return {
      titleOf: (name: string) => {
        const value = item(name) ?? group(name);
        if (value) return title(value);
        const named = catalogue && functionNamed(catalogue, name);
        return named ? t('content.function_of', { title: title(named.of), function: title(named.function) }) : name;
      },
      detailOf: (name: string) => {
        const itsGroup = catalogue?.group.get(item(name)?.group ?? '');
        if (itsGroup) return `${name} · ${title(itsGroup)}`;
        if (catalogue && functionNamed(catalogue, name)) return `${name} · ${t('content.one_function')}`;
        const whole = group(name);
        return whole ? t('content.group_entry', { number: number(catalogue?.itemsOf.get(whole.name)?.length ?? 0) }) : t('content.unknown');
      },
    };
  }, [catalogue, number, t, title]);
}

/** What names of either kind are called; the names themselves until the catalogues are there. */
export function useContentTitles(): (kind: ContentKind, name: string) => string {
  const applications = useContentNames(useCatalogue('applications').data);
  const categories = useContentNames(useCatalogue('url_categories').data);
  return useCallback((kind, name) => (kind === 'applications' ? applications : categories).titleOf(name), [applications, categories]);
}

/** "Applications (135)": how many items the names choose. */
export function useContentCount(kind: ContentKind, names: readonly string[]): string {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { data } = useCatalogue(kind);
  const count = useMemo(() => (data ? countOf(selectionOf(data, names)) : names.length), [data, names]);
  return t('content.tab', { title: t(`content.${kind}`), number: number(count) });
}
