import { Button, Group, Modal, Text, type ModalProps } from '@mantine/core';
import { createContext, useContext, useEffect, useState, type Dispatch, type ReactNode, type SetStateAction } from 'react';
import { useTranslation } from 'react-i18next';

import { ErrorAlert } from './error_alert';

const CountAbove = createContext<Dispatch<SetStateAction<number>>>(() => undefined);

/** Escape closes the dialog that is on top, not those that it was opened from. */
export function Dialog(props: ModalProps) {
  const { t } = useTranslation();
  const [above, setAbove] = useState(0);
  const setAboveParent = useContext(CountAbove);
  const { opened } = props;
  useEffect(() => {
    if (!opened) return undefined;
    setAboveParent((count) => count + 1);
    return () => setAboveParent((count) => count - 1);
  }, [opened, setAboveParent]);
  return (
    <CountAbove.Provider value={setAbove}>
      <Modal closeButtonProps={{ 'aria-label': t('common.close') }} closeOnEscape={above === 0} {...props} />
    </CountAbove.Provider>
  );
}

interface ConfirmProps {
  title: string;
  text: ReactNode;
  action: string;
  danger?: boolean;
  busy?: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

export function ConfirmDialog({ title, text, action, danger, busy, error, onConfirm, onClose }: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Dialog opened onClose={onClose} title={title} centered>
      <Text size="sm" mb="md" component="div">{text}</Text>
      {error ? <ErrorAlert error={error} /> : null}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>{t('common.cancel')}</Button>
        <Button {...(danger ? { color: 'red' } : {})} loading={busy ?? false} onClick={onConfirm}>{action}</Button>
      </Group>
    </Dialog>
  );
}
