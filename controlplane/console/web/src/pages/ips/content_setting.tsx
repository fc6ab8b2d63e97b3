import { Input } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useContentTitles } from '../../components/use_content_names';
import type { ContentKind } from '../../policy/document';
import { ChosenNames } from '../policy/chosen_names';
import { ContentPicker } from '../policy/content_picker';

interface Props {
  kind: ContentKind;
  label: string;
  hint: string | undefined;
  byDefault: readonly string[];
  names: readonly string[];
  disabled: boolean;
  error: string | undefined;
  onChange: (names: readonly string[]) => void;
}

/** A setting that names applications or categories, chosen as those of a rule are. */
export function ContentSetting({ kind, label, hint, byDefault, names, disabled, error, onChange }: Props) {
  const [picking, setPicking] = useState(false);
  const { t } = useTranslation();
  const titleOf = useContentTitles();
  const shown = byDefault.length === 0 ? t('profile_section.nothing') : byDefault.map((name) => titleOf(kind, name)).join(', ');
  const description = [hint, t('profile_section.by_default', { value: shown })].filter((text) => text !== undefined).join(' ');
  const values = { applications: [], url_categories: [], [kind]: names };
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div">
      <div>
        <ChosenNames kind={kind} label={label} names={names} disabled={disabled} onChange={onChange} onPick={() => setPicking(true)} />
        {picking && <ContentPicker kind={kind} kinds={[kind]} wholesOnly values={values} onChange={(_, chosen) => onChange(chosen)} onClose={() => setPicking(false)} />}
      </div>
    </Input.Wrapper>
  );
}
