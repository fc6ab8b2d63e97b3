import { useTranslation } from 'react-i18next';

import { parseDifference, selectorWords, valueWords } from '../../policy/difference_line';
import { useContentTitles } from '../use_content_names';

const selectorPattern = new RegExp(`^(${Object.keys(selectorWords).join('|')}) `);

/** A line of the console in the reader's language, as far as its form is known. */
export function useDifferenceText(): (line: string) => string {
  const { t } = useTranslation();
  const titleOf = useContentTitles();
  const selector = (text: string) => {
    const word = selectorPattern.exec(text)?.[1] as keyof typeof selectorWords | undefined;
    if (word === undefined) return text;
    const key = selectorWords[word];
    const names = text.slice(word.length + 1);
    if (key !== 'applications' && key !== 'url_categories') return `${t(`endpoint.${key}`)} ${names}`;
    return `${t(`content.${key}`)} ${names.split(', ').map((name) => titleOf(key, name)).join(', ')}`;
  };
  const value = (text: string) => {
    if (Object.hasOwn(valueWords, text)) return t(`difference_word.${valueWords[text as keyof typeof valueWords]}`);
    return text.split(' or ').map(selector).join(t('difference_line.or'));
  };
  return (line) => {
    const found = parseDifference(line);
    switch (found.form) {
      case 'added':
      case 'removed':
      case 'values':
        return t(`difference_line.${found.form}`, { ...found, subject: t(`difference_subject.${found.subject}`) });
      case 'moved':
      case 'setting':
      case 'time_zone':
      case 'packet_check':
        return t(`difference_line.${found.form}`, { ...found });
      case 'field': {
        const field = found.field === 'switched' ? t('rule.enabled') : t(`rule.${found.field}`);
        return t('difference_line.field', { name: found.name, field, before: value(found.before), after: value(found.after) });
      }
      case 'block_page': {
        const shown = (text: string) => (text === 'none' ? t('difference_word.none') : text);
        return t('difference_line.block_page', {
          text: t(`block_page_text.${found.text}`), before: shown(found.before), after: shown(found.after),
        });
      }
      case 'category_title': {
        const shown = (text: string) => (text === 'none' ? t('difference_word.none') : text);
        return t('difference_line.category_title', { name: found.name, before: shown(found.before), after: shown(found.after) });
      }
      case 'application': {
        const shown = (text: string) => (text === 'none' ? t('difference_word.none') : text);
        return t('difference_line.application', {
          name: found.name, field: t(`application_object.${found.field}`), before: shown(found.before), after: shown(found.after),
        });
      }
      case 'application_values':
        return t('difference_line.application_values', { name: found.name, field: t(`application_object.${found.field}`), values: found.values });
      case 'user':
        return t('difference_line.user', { name: found.name, field: t(`user_object.${found.field}`), values: found.values });
      case 'list':
        return t('difference_line.list', { list: t(`difference_subject.${found.list}`), values: found.values });
      case 'other':
        return found.line;
    }
  };
}
