import { useTranslation } from 'react-i18next';

import { ConfirmDialog } from '../../components/dialog';
import { nameOf, type Rule } from '../../policy/document';
import type { Edit } from '../../policy/edits';

export function RemoveRuleDialog({ rule, onRemove, onClose }: { rule: Rule | undefined; onRemove: (edit: Edit) => void; onClose: () => void }) {
  const { t } = useTranslation();
  if (!rule) return null;
  const remove = () => {
    onRemove({ kind: 'remove', was: rule });
    onClose();
  };
  return (
    <ConfirmDialog title={t('rule.remove')} text={t('rule.remove_text', { name: nameOf(rule) })} action={t('common.remove')} danger
      onConfirm={remove} onClose={onClose} />
  );
}
