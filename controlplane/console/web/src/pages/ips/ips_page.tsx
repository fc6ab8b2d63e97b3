import { useTranslation } from 'react-i18next';

import { GroupDraft } from '../policy/group_draft';
import { IpsEditor } from './ips_editor';

export function IpsPage() {
  const { t } = useTranslation();
  return (
    <GroupDraft page="ips" title={t('ips.title')}>
      {(tenant, group, draft) => <IpsEditor tenant={tenant} group={group} draft={draft} />}
    </GroupDraft>
  );
}
