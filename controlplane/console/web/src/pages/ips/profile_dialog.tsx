import { Input, SegmentedControl, Select, Stack, Switch, Tabs, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FormDialog } from '../../components/form_dialog';
import { nameOf, type NamedObject, type PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import {
  fromIpsForm, ipsActions, newProfile, severities, toIpsForm, validateProfile, type IpsAction, type IpsForm, type Severity,
} from '../../policy/ips';
import { formSections, fromSectionsForm, toSectionsForm, validateSections, type FormSection } from '../../policy/profile_sections';
import { sameValue } from '../../policy/same_value';
import { OverrideFields } from './override_fields';
import { SectionFields } from './section_fields';

interface Props {
  policy: PolicyDocument;
  /** `newProfile` for one that is not there yet. */
  profile: NamedObject;
  onEdit: (edit: Edit) => void;
  onClose: () => void;
}

const comparable = (form: IpsForm) => ({ ...form, overrides: [...form.overrides].sort() });

export function ProfileDialog({ policy, profile, onEdit, onClose }: Props) {
  const { t } = useTranslation();
  const isNew = profile === newProfile;
  const [initial] = useState(() => toIpsForm(profile));
  const [form, setForm] = useState(initial);
  const [initialSections] = useState(() => toSectionsForm(profile));
  const [sections, setSections] = useState(initialSections);
  const [tab, setTab] = useState<'rules' | FormSection>('rules');
  const [tried, setTried] = useState(false);
  const wrong = validateProfile(policy, form, isNew ? '' : nameOf(profile));
  const wrongSettings = validateSections(sections, profile);
  const changesIps = isNew || !sameValue(comparable(form), comparable(initial));
  const dirty = !sameValue(comparable(form), comparable(initial)) || !sameValue(sections, initialSections);
  const changed = () => fromSectionsForm(sections, changesIps ? fromIpsForm(form, profile) : profile);
  const nameMistake = tried ? wrong.find((code) => code !== 'too_many_overrides') : undefined;
  const submit = () => {
    setTried(true);
    // The mistake is shown, wherever it is.
    const [mistake] = wrongSettings;
    if (wrong.includes('too_many_overrides')) setTab('rules');
    else if (mistake) setTab(mistake.section);
    if (wrong.length > 0 || wrongSettings.length > 0) return;
    if (isNew) onEdit({ kind: 'add_profile', profile: changed() });
    else if (dirty) onEdit({ kind: 'replace_profile', was: profile, profile: changed() });
    onClose();
  };
  return (
    <FormDialog title={isNew ? t('ips.add_profile') : t('object.edit_title', { subject: t('ips.profile'), name: nameOf(profile) })} tall
      dirty={dirty} onSubmit={submit} onClose={onClose}>
      <TextInput label={t('ips.profile_name')} value={form.name} data-autofocus={isNew || undefined}
        error={nameMistake && t(`ips.mistake.${nameMistake}`)} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
      <Tabs value={tab} keepMounted={false} onChange={(value) => setTab((value ?? 'ips') as typeof tab)}>
        <Tabs.List mb="sm">
          {(['rules', ...formSections] as const).map((section) => <Tabs.Tab key={section} value={section}>{t(`profile_section.title.${section}`)}</Tabs.Tab>)}
        </Tabs.List>
        <Tabs.Panel value="rules">
          <IpsFields form={form} tooMany={tried && wrong.includes('too_many_overrides')} onChange={setForm} />
        </Tabs.Panel>
        {formSections.map((section) => (
          <Tabs.Panel key={section} value={section}>
            <SectionFields section={section} values={sections[section]} off={section === 'ips' && !form.enabled} mistakes={tried ? wrongSettings : []}
              onChange={(values) => setSections({ ...sections, [section]: values })} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </FormDialog>
  );
}

interface IpsFieldsProps {
  form: IpsForm;
  tooMany: boolean;
  onChange: (form: IpsForm) => void;
}

function IpsFields({ form, tooMany, onChange }: IpsFieldsProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <Switch label={t('ips.enabled')} checked={form.enabled} onChange={(event) => onChange({ ...form, enabled: event.currentTarget.checked })} />
      <Input.Wrapper label={t('ips.mode')} description={t('ips.mode_hint')} labelElement="div">
        <div>
          <SegmentedControl size="xs" mt={4} aria-label={t('ips.mode')} value={form.action} disabled={!form.enabled}
            data={ipsActions.map((value) => ({ value, label: t(`ips.action.${value}`) }))}
            onChange={(value) => onChange({ ...form, action: value as IpsAction })} />
        </div>
      </Input.Wrapper>
      <Select label={t('ips.minimum_severity')} description={t('ips.severity_hint')} value={form.minimumSeverity} allowDeselect={false}
        disabled={!form.enabled} data={severities.map((value) => ({ value, label: t(`ips.severity.${value}`) }))}
        onChange={(value) => value !== null && onChange({ ...form, minimumSeverity: value as Severity })} />
      <OverrideFields overrides={form.overrides} error={tooMany ? t('ips.mistake.too_many_overrides') : undefined}
        onChange={(overrides) => onChange({ ...form, overrides })} />
    </Stack>
  );
}
