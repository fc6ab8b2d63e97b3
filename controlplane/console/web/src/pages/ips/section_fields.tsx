import { Input, NumberInput, SegmentedControl, Stack, Switch, TagsInput, Text } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';

import { settingsOf, type FormSection, type Setting, type SettingMistake, type SettingValue } from '../../policy/profile_sections';
import { ContentSetting } from './content_setting';
import { CertificateNote, TrustNote } from './decryption_notes';

interface Props {
  section: FormSection;
  values: Readonly<Record<string, SettingValue>>;
  /** Nothing of the section is in use: as when its own \`enabled\` is false. */
  off?: boolean;
  mistakes: readonly SettingMistake[];
  onChange: (values: Readonly<Record<string, SettingValue>>) => void;
}

/** A section of a profile: a field for each setting, with what it is when nothing is written. */
export function SectionFields({ section, values, off: isOff = false, mistakes, onChange }: Props) {
  const { t } = useTranslation();
  const off = isOff || values.enabled === false;
  return (
    <Stack gap="sm">
      <Text size="xs" c="dimmed">{t(`profile_section.about.${section}`)}</Text>
      {section === 'https_decryption' && <CertificateNote values={values} />}
      {settingsOf[section].map((setting) => {
        const mistake = mistakes.find((other) => other.section === section && other.setting === setting.name);
        return (
          <Fragment key={setting.name}>
            <SettingField section={section} setting={setting} value={values[setting.name] ?? setting.byDefault} disabled={(off && setting.name !== 'enabled') || (setting.needs !== undefined && values[setting.needs] !== true)}
              error={mistake && t(`profile_section.mistake.${mistake.code}`, { value: mistake.value })}
              onChange={(value) => onChange({ ...values, [setting.name]: value })} />
            {setting.name === 'untrusted_origin' && <TrustNote values={values} />}
          </Fragment>
        );
      })}
    </Stack>
  );
}

interface FieldProps {
  section: FormSection;
  setting: Setting;
  value: SettingValue;
  disabled: boolean;
  error: string | undefined;
  onChange: (value: SettingValue) => void;
}

function SettingField({ section, setting, value, disabled, error, onChange }: FieldProps) {
  const { t, i18n } = useTranslation();
  const key = `${section}_${setting.name}`;
  const label = t(`profile_setting.${key}` as 'profile_setting.dns_ech');
  const hintKey = `profile_hint.${key}`;
  const hint = i18n.exists(hintKey) ? t(hintKey as 'profile_hint.dns_ech') : undefined;
  const choiceText = (choice: string) => t(`profile_choice.${key}_${choice}` as 'profile_choice.dns_ech_allow');
  const defaultText = (shown: string) => t('profile_section.by_default', { value: shown });
  const described = (shown: string) => [hint, defaultText(shown)].filter((text) => text !== undefined).join(' ');
  switch (setting.type) {
    case 'boolean':
      return (
        <Switch label={label} description={described(t(setting.byDefault ? 'common.on' : 'common.off'))} checked={value === true} disabled={disabled}
          onChange={(event) => onChange(event.currentTarget.checked)} />
      );
    case 'choice':
      return (
        <Input.Wrapper label={label} description={described(choiceText(setting.byDefault))} labelElement="div">
          <div>
            <SegmentedControl size="xs" mt={4} aria-label={label} value={String(value)} disabled={disabled}
              data={setting.choices.map((choice) => ({ value: choice, label: choiceText(choice) }))} onChange={onChange} />
          </div>
        </Input.Wrapper>
      );
    case 'number':
      return (
        <NumberInput label={label} description={described(String(setting.byDefault))} value={value as number} min={setting.minimum ?? 0} max={setting.maximum} clampBehavior="none"
          allowDecimal={false} disabled={disabled} error={error} w={260} onChange={(number) => onChange(number)} />
      );
    case 'content':
      return (
        <ContentSetting kind={setting.kind} label={label} hint={hint} byDefault={setting.byDefault} names={value as readonly string[]}
          disabled={disabled} error={error} onChange={onChange} />
      );
    case 'list':
      return (
        <TagsInput label={label} description={described(setting.byDefault.length === 0 ? t('profile_section.nothing') : setting.byDefault.join(', '))}
          data={[...(setting.known ?? [])]} value={[...(value as readonly string[])]} splitChars={[',']} disabled={disabled} error={error} onChange={onChange} />
      );
  }
}
