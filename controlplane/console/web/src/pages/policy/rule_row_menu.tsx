import { Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export type RowAction = 'edit' | 'duplicate' | 'remove' | 'up' | 'down' | 'move';

export interface MenuAnchor {
  readonly index: number;
  readonly button: HTMLElement;
}

interface Props {
  anchor: MenuAnchor | undefined;
  last: number;
  movable: boolean;
  onAct: (action: RowAction, index: number) => void;
  onClose: () => void;
}

/** One menu for the whole table, opened beside the row's button: a menu per row would make long policies slow. */
export function RuleRowMenu({ anchor, last, movable, onAct, onClose }: Props) {
  const { t } = useTranslation();
  if (!anchor) return null;
  const place = anchor.button.getBoundingClientRect();
  const act = (action: RowAction) => () => onAct(action, anchor.index);
  const close = () => {
    onClose();
    anchor.button.focus();
  };
  return (
    <Menu opened onChange={(opened) => !opened && close()} position="bottom-end" width={200} returnFocus={false}>
      <Menu.Target>
        <button type="button" aria-hidden tabIndex={-1} style={{ position: 'fixed', left: place.right, top: place.bottom, width: 0, height: 0, padding: 0, border: 0 }} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={act('edit')}>{t('common.edit')}</Menu.Item>
        <Menu.Item onClick={act('duplicate')}>{t('rule.duplicate')}</Menu.Item>
        <Menu.Divider />
        <Menu.Item disabled={!movable || anchor.index === 0} onClick={act('up')}>{t('rule.up')}</Menu.Item>
        <Menu.Item disabled={!movable || anchor.index === last} onClick={act('down')}>{t('rule.down')}</Menu.Item>
        <Menu.Item disabled={last === 0} onClick={act('move')}>{t('rule.move_to')}</Menu.Item>
        <Menu.Divider />
        <Menu.Item c="var(--mantine-color-red-text)" onClick={act('remove')}>{t('common.remove')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
