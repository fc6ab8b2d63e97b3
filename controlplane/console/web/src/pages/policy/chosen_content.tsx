import { Button, CloseButton, Group, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { useFormats } from '../../components/use_formats';
import { useContentNames } from '../../components/use_content_names';
import { WindowList } from '../../components/window_list';
import type { Catalogue } from '../../policy/catalogue';
import { countOf, type Selection } from '../../policy/content_selection';
import { pickRowHeight } from './catalogue_browser';

interface Props {
  catalogue: Catalogue;
  selection: Selection;
  onChange: (names: string[]) => void;
}

/** What a rule names, with a way out for each name. */
export function ChosenContent({ catalogue, selection, onChange }: Props) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { titleOf, detailOf } = useContentNames(catalogue);
  // The latest is on top: that is where a reader looks for what he chose just now.
  const rows = useMemo(() => [...selection.names].reverse(), [selection]);
  return (
    <section className="pick-chosen" aria-label={t('content.chosen_label')}>
      <Group justify="space-between" wrap="nowrap" mih={36}>
        <Text size="sm" fw={600} role="status">{t('content.chosen', { number: number(countOf(selection)) })}</Text>
        {rows.length > 0 && <Button size="compact-xs" variant="default" onClick={() => onChange([])}>{t('content.clear')}</Button>}
      </Group>
      {rows.length === 0 ? <Text c="dimmed" size="sm" p="lg" ta="center" className="window-list">{t('content.none_chosen')}</Text> : (
        <WindowList rows={rows} rowHeight={pickRowHeight} keyOf={(name) => name} label={t('content.chosen_label')}>
          {(name, tabIndex) => (
            <div className="pick-row" data-chosen={name}>
              <span className="pick-text" title={`${titleOf(name)}\n${name}`}>
                <span className="pick-title">{titleOf(name)}</span>
                <span className="pick-details">{detailOf(name)}</span>
              </span>
              <CloseButton size="sm" tabIndex={tabIndex} aria-label={t('content.remove_one', { title: titleOf(name) })}
                onClick={() => onChange(selection.names.filter((other) => other !== name))} />
            </div>
          )}
        </WindowList>
      )}
    </section>
  );
}
