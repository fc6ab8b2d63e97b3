import { Button, Group, Tabs, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { useCatalogue } from '../../api/catalogue';
import { Dialog } from '../../components/dialog';
import { QueryState } from '../../components/query_state';
import { useContentCount } from '../../components/use_content_names';
import { wholesOf, type Catalogue } from '../../policy/catalogue';
import { selectionOf } from '../../policy/content_selection';
import { contentKinds, type ContentKind } from '../../policy/document';
import { CatalogueBrowser } from './catalogue_browser';
import { ChosenContent } from './chosen_content';
import './content_picker.css';

type Values = Readonly<Record<ContentKind, readonly string[]>>;

interface Props {
  kind: ContentKind;
  /** Those that are chosen from: both, unless it is said. */
  kinds?: readonly ContentKind[];
  /** Not for a rule: nothing of its names is about the single functions of applications, or DNS. */
  wholesOnly?: boolean;
  values: Values;
  onChange: (kind: ContentKind, names: string[]) => void;
  onClose: () => void;
}

/** The choice of applications and URL categories (R044, R050). What is chosen is in the form at once. */
export function ContentPicker({ kind, kinds = contentKinds, wholesOnly = false, values, onChange, onClose }: Props) {
  const { t } = useTranslation();
  const narrow = useMediaQuery('(max-width: 48em)') ?? false;
  return (
    <Dialog opened onClose={onClose} size="min(980px, 96vw)" fullScreen={narrow} closeOnClickOutside={false} title={t('content.choose_title')}>
      <Tabs defaultValue={kind} keepMounted={false}>
        <Tabs.List mb="xs">
          {kinds.map((other) => <KindTab key={other} kind={other} names={values[other]} />)}
        </Tabs.List>
        {kinds.map((other) => (
          <Tabs.Panel key={other} value={other}>
            {other === 'url_categories' && !wholesOnly && <Text size="xs" c="dimmed" mb="xs">{t('content.dns_hint', { setting: t('profile_setting.dns_url_filter') })}</Text>}
            <PickKind kind={other} wholesOnly={wholesOnly} names={values[other]} onChange={(names) => onChange(other, names)} />
          </Tabs.Panel>
        ))}
      </Tabs>
      <Group justify="flex-end" mt="sm"><Button onClick={onClose}>{t('content.done')}</Button></Group>
    </Dialog>
  );
}

function KindTab({ kind, names }: { kind: ContentKind; names: readonly string[] }) {
  const count = useContentCount(kind, names);
  return <Tabs.Tab value={kind}>{count}</Tabs.Tab>;
}

interface KindProps {
  kind: ContentKind;
  wholesOnly: boolean;
  names: readonly string[];
  onChange: (names: string[]) => void;
}

function PickKind({ kind, wholesOnly, names, onChange }: KindProps) {
  const catalogue = useCatalogue(kind);
  return <QueryState query={catalogue}>{(data) => <PickColumns catalogue={wholesOnly ? wholesOf(data) : data} names={names} onChange={onChange} />}</QueryState>;
}

function PickColumns({ catalogue, names, onChange }: Pick<KindProps, 'names' | 'onChange'> & { catalogue: Catalogue }) {
  const selection = useMemo(() => selectionOf(catalogue, names), [catalogue, names]);
  return (
    <div className="pick-columns">
      <CatalogueBrowser catalogue={catalogue} selection={selection} onChange={onChange} />
      <ChosenContent catalogue={catalogue} selection={selection} onChange={onChange} />
    </div>
  );
}
