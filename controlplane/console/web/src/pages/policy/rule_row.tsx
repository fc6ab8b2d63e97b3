import { Badge } from '@mantine/core';
import { memo, type DragEvent, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';

import type { Mistake } from '../../api/types';
import { Icon } from '../../components/icon';
import { isEnabled, nameOf, type Action, type Rule } from '../../policy/document';
import { ContentCell, EndpointCell, ServicesCell } from './rule_cells';
import type { RowAction } from './rule_row_menu';

export type DropMark = 'above' | 'below';

interface Props {
  rule: Rule;
  index: number;
  hintId: string;
  movable: boolean;
  chosen: boolean;
  mistakes: readonly Mistake[];
  drop: DropMark | undefined;
  onSwitch: (name: string, enabled: boolean) => void;
  onEdit: (action: RowAction, index: number) => void;
  onMenu: (index: number, button: HTMLElement) => void;
  onKeyboardMove: (from: number, to: number) => void;
  onDragStart: (index: number) => void;
  onDragOver: (index: number, mark: DropMark) => void;
  onDragEnd: () => void;
  onDrop: (index: number, mark: DropMark) => void;
}

const actionColors: Record<Action, string> = { allow: 'green', block: 'red', monitor: 'blue' };

function markOf(event: DragEvent<HTMLTableRowElement>): DropMark {
  const box = event.currentTarget.getBoundingClientRect();
  return event.clientY < box.top + box.height / 2 ? 'above' : 'below';
}

function classesOf({ rule, chosen, mistakes, drop }: Props): string {
  const classes = [isEnabled(rule) ? '' : 'switched-off', chosen ? 'chosen' : '', mistakes.length > 0 ? 'wrong' : '', drop ? `drop-${drop}` : ''];
  return classes.filter((name) => name !== '').join(' ');
}

function RuleRowCells(props: Props) {
  const { t } = useTranslation();
  const { rule, index, movable, mistakes } = props;
  const name = nameOf(rule);
  return (
    <tr className={classesOf(props)} data-rule={name}
      onDragOver={(event) => { event.preventDefault(); props.onDragOver(index, markOf(event)); }}
      onDrop={(event) => { event.preventDefault(); props.onDrop(index, markOf(event)); }}>
      <td className="narrow">{movable && <Handle {...props} name={name} />}</td>
      <td className="narrow number">{index + 1}</td>
      <td className="narrow">
        <input type="checkbox" role="switch" className="switch" checked={isEnabled(rule)} aria-label={t('rule.switch_of', { name })}
          onChange={(event) => props.onSwitch(name, event.currentTarget.checked)} />
      </td>
      <td style={{ minWidth: 160 }}>
        <button type="button" className="row-button" onClick={() => props.onEdit('edit', index)}>{name}</button>
        {mistakes.map((mistake, at) => (
          <div key={at} role="alert" style={{ color: 'var(--mantine-color-red-text)', fontSize: 12 }}>
            <code>{mistake.pointer.replace(/^\/rules\/\d+\/?/, '')}</code> {mistake.message}
          </div>
        ))}
      </td>
      <td className="nowrap content-cell">{t(`side.${rule.from ?? 'any'}`)}</td>
      <td className="content-cell"><EndpointCell endpoint={rule.source} /></td>
      <td className="content-cell"><EndpointCell endpoint={rule.destination} /></td>
      <td className="content-cell"><ServicesCell rule={rule} /></td>
      <td className="content-cell"><ContentCell content={rule.content} /></td>
      <td className="nowrap content-cell">
        <Badge variant="light" tt="none" color={actionColors[rule.action]}>{t(`action.${rule.action}`)}</Badge>
      </td>
      <td className="nowrap content-cell">{(rule.log ?? true) ? t('common.on') : t('common.off')}</td>
      <td className="narrow">
        <button type="button" className="row-button" aria-haspopup="menu" aria-label={t('common.actions_of', { name })}
          onClick={(event) => props.onMenu(index, event.currentTarget)}>
          <Icon name="more" />
        </button>
      </td>
    </tr>
  );
}

function Handle({ index, hintId, name, onDragStart, onDragEnd, onKeyboardMove }: Props & { name: string }) {
  const { t } = useTranslation();
  const start = (event: DragEvent<HTMLButtonElement>) => {
    const row = event.currentTarget.closest('tr');
    if (row) event.dataTransfer.setDragImage(row, 12, 12);
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', name);
    onDragStart(index);
  };
  const key = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (step === 0) return;
    event.preventDefault();
    onKeyboardMove(index, index + step);
  };
  return (
    <button type="button" id={`rule-handle-${index}`} className="handle" draggable aria-label={t('rule.handle', { name })}
      aria-describedby={hintId} onDragStart={start} onDragEnd={onDragEnd} onKeyDown={key}>
      <Icon name="handle" />
    </button>
  );
}

export const RuleRow = memo(RuleRowCells);
