import { useTranslation } from 'react-i18next';

import { GroupDraft } from './group_draft';
import { PolicyEditor } from './policy_editor';

export function PolicyPage() {
  const { t } = useTranslation();
  return (
    <GroupDraft page="policy" title={t('policy.title')}>
      {(tenant, group, draft) => <PolicyEditor tenant={tenant} group={group} draft={draft} />}
    </GroupDraft>
  );
}
