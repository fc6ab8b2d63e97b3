import { Group, Input, SegmentedControl, Select, SimpleGrid, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import {
  blockMethods, destinationKinds, objectNames, profileNames, sourceKinds, type Action, type PolicyDocument, type Side,
} from '../../policy/document';
import type { RuleForm } from '../../policy/form';
import type { FieldMistake } from '../../policy/validate';
import { ContentFields } from './content_fields';
import { EndpointFields } from './endpoint_fields';

interface Props {
  policy: PolicyDocument;
  form: RuleForm;
  mistakes: readonly FieldMistake[];
  onChange: (form: RuleForm) => void;
}

const sides: readonly Side[] = ['any', 'lan', 'wan'];
const actions: readonly Action[] = ['allow', 'block', 'monitor'];

export function RuleFields({ policy, form, mistakes, onChange }: Props) {
  const { t } = useTranslation();
  const set = <Field extends keyof RuleForm>(field: Field, value: RuleForm[Field]) => onChange({ ...form, [field]: value });
  const mistakeOf = (field: string) => {
    const mistake = mistakes.find((other) => other.field === field);
    return mistake && t(`mistake.${mistake.code}`, { value: mistake.value ?? '' });
  };
  return (
    <Stack gap="sm">
      <Group align="flex-start" wrap="nowrap">
        <TextInput label={t('rule.name')} value={form.name} error={mistakeOf('name')} style={{ flex: 1 }} data-autofocus={form.name === '' || undefined}
          onChange={(event) => set('name', event.currentTarget.value)} />
        <Switch label={t('rule.enabled')} checked={form.enabled} mt={30} onChange={(event) => set('enabled', event.currentTarget.checked)} />
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Choice label={t('rule.action')} value={form.action} data={actions.map((value) => ({ value, label: t(`action.${value}`) }))}
          onChange={(value) => set('action', value)} />
        <Choice label={t('rule.from')} value={form.from} data={sides.map((value) => ({ value, label: t(`side.${value}`) }))}
          onChange={(value) => set('from', value)} />
      </SimpleGrid>
      {form.action === 'block' && (
        <Choice label={t('rule.block_with')} value={form.blockWith}
          data={blockMethods.map((value) => ({ value, label: t(`block_with.${value}`) }))}
          onChange={(value) => set('blockWith', value)} />
      )}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <EndpointFields title={t('rule.source')} name="source" kinds={sourceKinds} policy={policy} form={form.source} mistakeOf={mistakeOf}
          onChange={(value) => set('source', value)} />
        <EndpointFields title={t('rule.destination')} name="destination" kinds={destinationKinds} policy={policy} form={form.destination}
          mistakeOf={mistakeOf} onChange={(value) => set('destination', value)} />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TagsInput label={t('rule.services')} description={t('rule.services_hint')} placeholder={form.services.length === 0 ? t('common.any') : ''}
          data={objectNames(policy, 'services')} value={form.services} splitChars={[',']} error={mistakeOf('services')} clearable
          onChange={(value) => set('services', value)} />
        <ContentFields form={form} onChange={(content) => set('content', content)} />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Select label={t('rule.schedule')} data={objectNames(policy, 'schedules')} value={form.schedule === '' ? null : form.schedule} clearable
          placeholder={t('rule.always')} onChange={(value) => set('schedule', value ?? '')} />
        <Select label={t('rule.profile')} data={profileNames(policy)} value={form.profile === '' ? null : form.profile} clearable
          placeholder={t('rule.no_profile')} onChange={(value) => set('profile', value ?? '')} />
        <Switch label={t('rule.record')} checked={form.log} mt={30} onChange={(event) => set('log', event.currentTarget.checked)} />
      </SimpleGrid>
    </Stack>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  data: { value: Value; label: string }[];
  onChange: (value: Value) => void;
}

function Choice<Value extends string>({ label, value, data, onChange }: ChoiceProps<Value>) {
  return (
    <Input.Wrapper label={label} labelElement="div">
      <div><SegmentedControl size="xs" aria-label={label} value={value} data={data} onChange={(chosen) => onChange(chosen as Value)} /></div>
    </Input.Wrapper>
  );
}
