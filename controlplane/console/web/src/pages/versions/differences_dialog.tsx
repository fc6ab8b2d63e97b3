import { ScrollArea, Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useDifferences } from '../../api/deliveries';
import { DifferencesByGroup } from '../../components/delivery/difference_list';
import { Dialog } from '../../components/dialog';
import { QueryState } from '../../components/query_state';

interface Props {
  tenant: string;
  version: number;
  versions: readonly number[];
  onClose: () => void;
}

const drafts = 'drafts';

/** What changes from a version to another, or to what is saved now. */
export function DifferencesDialog({ tenant, version, versions, onClose }: Props) {
  const { t } = useTranslation();
  const [to, setTo] = useState(drafts);
  const differences = useDifferences(tenant, version, to === drafts ? undefined : Number(to));
  const others = versions.filter((other) => other !== version);
  const choices = [
    { value: drafts, label: t('versions.drafts') },
    ...others.map((other) => ({ value: String(other), label: t('versions.version', { version: other }) })),
  ];
  return (
    <Dialog opened onClose={onClose} title={t('versions.differences_from', { version })} size="lg" centered>
      <Select label={t('versions.to')} data={choices} value={to} allowDeselect={false} searchable onChange={(value) => setTo(value ?? drafts)} mb="sm" />
      <QueryState query={differences}>
        {(data) => (
          <ScrollArea.Autosize mah="50vh" type="auto" className="panel" p="sm">
            <DifferencesByGroup groups={data.groups} />
          </ScrollArea.Autosize>
        )}
      </QueryState>
    </Dialog>
  );
}
