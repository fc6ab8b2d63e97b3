import { Fieldset, SegmentedControl, TagsInput, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { objectNames, type EndpointKind, type PolicyDocument } from '../../policy/document';
import type { EndpointForm } from '../../policy/form';
import { userNames } from '../../policy/user_form';

interface Props {
  title: string;
  name: 'source' | 'destination';
  kinds: readonly EndpointKind[];
  policy: PolicyDocument;
  form: EndpointForm;
  mistakeOf: (field: string) => string | undefined;
  onChange: (form: EndpointForm) => void;
}

function suggestions(policy: PolicyDocument, kind: EndpointKind): string[] {
  if (kind === 'users') return userNames(policy);
  return kind === 'addresses' || kind === 'fqdns' || kind === 'macs' ? objectNames(policy, kind) : [];
}

export function EndpointFields({ title, name, kinds, policy, form, mistakeOf, onChange }: Props) {
  const { t } = useTranslation();
  const whole = mistakeOf(name);
  return (
    <Fieldset legend={title} p="xs">
      <SegmentedControl size="xs" fullWidth aria-label={title} value={form.any ? 'any' : 'some'}
        data={[{ value: 'any', label: t('common.any') }, { value: 'some', label: t('endpoint.some') }]}
        onChange={(value) => onChange({ ...form, any: value === 'any' })} />
      {!form.any && kinds.map((kind) => (
        <TagsInput key={kind} mt="xs" size="xs" label={t(`endpoint.${kind}`)} placeholder={form.values[kind].length === 0 ? t(`endpoint.example.${kind}`) : ''}
          data={suggestions(policy, kind)} value={form.values[kind]} splitChars={[',']} error={mistakeOf(`${name}/${kind}`)}
          onChange={(values) => onChange({ ...form, values: { ...form.values, [kind]: values } })} />
      ))}
      {!form.any && <Text size="xs" c="dimmed" mt={4}>{t('endpoint.alternatives')}</Text>}
      {whole !== undefined && <Text size="xs" c="red" mt={4} role="alert">{whole}</Text>}
    </Fieldset>
  );
}
