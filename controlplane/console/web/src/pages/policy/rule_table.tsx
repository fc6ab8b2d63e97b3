import { Text, VisuallyHidden } from '@mantine/core';
import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Mistake } from '../../api/types';
import { useContentTitles } from '../../components/use_content_names';
import { searchText } from '../../policy/describe';
import { nameOf, type Rule } from '../../policy/document';
import { RuleRow, type DropMark } from './rule_row';
import { RuleRowMenu, type MenuAnchor, type RowAction } from './rule_row_menu';

interface Props {
  rules: readonly Rule[];
  search: string;
  /** Name of the rule that a link led to. */
  chosen: string;
  /** By the rule's name. */
  mistakes: ReadonlyMap<string, readonly Mistake[]>;
  onMove: (from: number, to: number) => void;
  onSwitch: (name: string, enabled: boolean) => void;
  onAct: (action: RowAction, index: number) => void;
}

const columns = ['name', 'from', 'source', 'destination', 'services', 'content', 'action', 'log'] as const;
const noMistakes: readonly Mistake[] = [];

export function RuleTable({ rules, search, chosen, mistakes, onMove, onSwitch, onAct }: Props) {
  const { t } = useTranslation();
  const hintId = useId();
  const [menu, setMenu] = useState<MenuAnchor>();
  const [drop, setDrop] = useState<{ index: number; mark: DropMark }>();
  const dragged = useRef(-1);
  const keyboard = useKeyboardMoves(rules, onMove);
  const words = search.trim().toLowerCase();
  const titleOf = useContentTitles();
  const shown = useMemo(
    () => rules.map((rule, index) => ({ rule, index })).filter(({ rule }) => words === '' || searchText(rule, titleOf).includes(words)),
    [rules, titleOf, words],
  );
  const movable = words === '';

  const dragStart = useCallback((index: number) => {
    dragged.current = index;
  }, []);
  const dragOver = useCallback((index: number, mark: DropMark) => {
    setDrop((now) => (now?.index === index && now.mark === mark ? now : { index, mark }));
  }, []);
  const dragEnd = useCallback(() => {
    dragged.current = -1;
    setDrop(undefined);
  }, []);
  const dropped = useCallback(
    (index: number, mark: DropMark) => {
      const from = dragged.current;
      const gap = mark === 'above' ? index : index + 1;
      if (from >= 0) onMove(from, gap > from ? gap - 1 : gap);
      dragEnd();
    },
    [dragEnd, onMove],
  );
  const openMenu = useCallback((index: number, button: HTMLElement) => setMenu({ index, button }), []);
  useScrollToChosen(chosen);

  return (
    <>
      <VisuallyHidden id={hintId}>{t('rule.handle_hint')}</VisuallyHidden>
      <VisuallyHidden role="status" aria-live="assertive">{keyboard.announcement}</VisuallyHidden>
      <div className="panel panel-scroll" style={{ maxHeight: 'calc(100vh - 230px)' }}>
        <table className="grid" aria-label={t('policy.title')}>
          <thead>
            <tr>
              <th scope="col" className="narrow"><VisuallyHidden>{t('rule.move')}</VisuallyHidden></th>
              <th scope="col" className="narrow number">#</th>
              <th scope="col" className="narrow">{t('rule.enabled')}</th>
              {columns.map((column) => <th key={column} scope="col">{t(`rule.${column}`)}</th>)}
              <th scope="col" className="narrow"><VisuallyHidden>{t('common.actions')}</VisuallyHidden></th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ rule, index }) => (
              <RuleRow key={nameOf(rule)} rule={rule} index={index} hintId={hintId} movable={movable} chosen={nameOf(rule) === chosen}
                mistakes={mistakes.get(nameOf(rule)) ?? noMistakes} drop={drop?.index === index ? drop.mark : undefined} onSwitch={onSwitch}
                onEdit={onAct} onMenu={openMenu} onKeyboardMove={keyboard.move} onDragStart={dragStart} onDragOver={dragOver}
                onDragEnd={dragEnd} onDrop={dropped} />
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <Text c="dimmed" size="sm" p="lg" ta="center">{rules.length === 0 ? t('policy.no_rules') : t('policy.none_found')}</Text>}
      </div>
      <RuleRowMenu anchor={menu} last={rules.length - 1} movable={movable} onAct={onAct} onClose={() => setMenu(undefined)} />
    </>
  );
}

/** Moves with the arrow keys on a rule's handle; the handle keeps the focus, and the new place is told. */
function useKeyboardMoves(rules: readonly Rule[], onMove: (from: number, to: number) => void) {
  const { t } = useTranslation();
  const [announcement, setAnnouncement] = useState('');
  const focusIndex = useRef(-1);
  const move = useCallback(
    (from: number, to: number) => {
      const rule = rules[from];
      if (!rule || to < 0 || to >= rules.length) return;
      focusIndex.current = to;
      setAnnouncement(t('rule.moved', { name: nameOf(rule), position: to + 1, last: rules.length }));
      onMove(from, to);
    },
    [onMove, rules, t],
  );
  useLayoutEffect(() => {
    if (focusIndex.current < 0) return;
    document.getElementById(`rule-handle-${focusIndex.current}`)?.focus();
    focusIndex.current = -1;
  }, [rules]);
  return { announcement, move };
}

function useScrollToChosen(chosen: string): void {
  useEffect(() => {
    if (chosen !== '') document.querySelector('tr.chosen')?.scrollIntoView({ block: 'center' });
  }, [chosen]);
}
