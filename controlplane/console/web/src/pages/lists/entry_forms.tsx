import { useTranslation } from 'react-i18next';

import type { EntryMistake } from '../../policy/list_entry';

const forms = [
  ['host', 'www.example.com'],
  ['below', '*.example.com'],
  ['ending', 'www.example.*'],
  ['path', 'www.example.com/news/'],
  ['path_begins', 'www.example.com/news*'],
  ['address', '192.0.2.1, 2001:db8::1'],
  ['range', '192.0.2.1-192.0.2.9'],
  ['block', '192.0.2.0/24, 2001:db8::/32'],
] as const;

/** What an entry may look like (R070). */
export function EntryForms({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <div id={id} style={{ fontSize: 'var(--mantine-font-size-xs)' }}>
      {t('lists.forms')}
      <ul className="list-forms">
        {forms.map(([form, example]) => <li key={form}><code>{example}</code>{` ${t(`lists.form.${form}`)}`}</li>)}
      </ul>
    </div>
  );
}

/** The sentence about a mistake; what is taken instead stands beside it in the form. */
export function useMistakeText() {
  const { t } = useTranslation();
  return (entry: string, mistake: EntryMistake) => t(`lists.mistake.${mistake}`, { entry: entry.length > 80 ? `${entry.slice(0, 80)}…` : entry });
}
