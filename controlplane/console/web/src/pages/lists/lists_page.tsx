import { useTranslation } from 'react-i18next';

import { GroupDraft } from '../policy/group_draft';
import { ListsEditor } from './lists_editor';

export function ListsPage() {
  const { t } = useTranslation();
  return (
    <GroupDraft page="lists" title={t('lists.title')}>
      {(tenant, group, draft) => <ListsEditor tenant={tenant} group={group} draft={draft} />}
    </GroupDraft>
  );
}
