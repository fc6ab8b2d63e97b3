import { Alert, Button, Group, List } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { ConfirmDialog, Dialog } from '../../components/dialog';
import { nameOf, type NamedObject, type PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import type { NamedSection } from '../../policy/objects';
import { referrersTo } from '../../policy/references';

interface Props {
  policy: PolicyDocument;
  section: NamedSection;
  object: NamedObject;
  onRemove: (edit: Edit) => void;
  onClose: () => void;
}

/** An object that rules or other objects name stays: they would mean something else without it. */
export function RemoveObjectDialog({ policy, section, object, onRemove, onClose }: Props) {
  const { t } = useTranslation();
  const name = nameOf(object);
  const users = referrersTo(policy, section, name);
  if (users.length === 0) {
    const remove = () => {
      onRemove({ kind: 'remove_object', section, was: object });
      onClose();
    };
    return <ConfirmDialog title={t('object.remove')} text={t('object.remove_text', { name })} action={t('common.remove')} danger onConfirm={remove} onClose={onClose} />;
  }
  return (
    <Dialog opened onClose={onClose} title={t('object.remove')} centered>
      <Alert color="orange" role="alert" title={t('object.in_use', { name })}>
        <List size="sm">{users.map((user, index) => <List.Item key={index}>{user}</List.Item>)}</List>
      </Alert>
      <Group justify="flex-end" mt="md"><Button variant="default" onClick={onClose} data-autofocus>{t('common.close')}</Button></Group>
    </Dialog>
  );
}
