import { Button, Group, Stack } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { ConfirmDialog, Dialog } from './dialog';

interface Props {
  title: string;
  /** Something was typed: closing asks first. */
  dirty: boolean;
  /** Shows what is wrong, or takes the form and closes. */
  onSubmit: () => void;
  onClose: () => void;
  /** Of the button that submits, where it is not OK. */
  action?: string;
  /** At the other end of the line with the buttons. */
  tool?: ReactNode;
  /** Higher than a window: the buttons stay in sight. */
  tall?: boolean;
  children: ReactNode;
}

/** A form that is not lost by a slip: the background does not close it, and what was typed is asked about. */
export function FormDialog({ title, dirty, onSubmit, onClose, action, tool, tall = false, children }: Props) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const close = () => (dirty ? setAsking(true) : onClose());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation(); // a form in a dialog of another form
    onSubmit();
  };
  const inSight = tall ? { py: 'sm', pos: 'sticky', bottom: 0, bg: 'var(--mantine-color-body)', style: { zIndex: 3 } } as const : {};
  return (
    <Dialog opened onClose={close} size="lg" centered={!tall} closeOnClickOutside={false} title={title}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {children}
          <Group justify={tool ? 'space-between' : 'flex-end'} {...inSight}>
            {tool}
            <Group gap={tool ? 'xs' : 'md'}>
              <Button variant="default" onClick={close}>{t('common.cancel')}</Button>
              <Button type="submit">{action ?? t('common.ok')}</Button>
            </Group>
          </Group>
        </Stack>
      </form>
      {asking && (
        <ConfirmDialog title={t('leave.title')} text={t('leave.form')} action={t('leave.discard')} danger onConfirm={onClose} onClose={() => setAsking(false)} />
      )}
    </Dialog>
  );
}
