import { ActionIcon, Alert, Button, Fieldset, Group, Select, Stack, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useCatalogue } from '../../api/catalogue';
import { FormDialog } from '../../components/form_dialog';
import { Icon } from '../../components/icon';
import { useTitles } from '../../components/use_titles';
import {
  fromApplicationForm, ownApplicationCategory, risks, toApplicationForm, validateApplication, type ApplicationForm, type ApplicationMistake, type ServerForm,
} from '../../policy/application_form';
import { ownApplicationGroup } from '../../policy/catalogue';
import { nameOf, objectNames, type NamedObject, type PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { findObject, rulesWith } from '../../policy/objects';
import { sameValue } from '../../policy/same_value';

interface Props {
  policy: PolicyDocument;
  /** Without it a new one is made. */
  application: NamedObject | undefined;
  onEdit: (edit: Edit) => void;
  onClose: () => void;
}

/** An application of the administrator's own: what it is called, and the hosts and servers that tell it. */
export function ApplicationDialog({ policy, application: was, onEdit, onClose }: Props) {
  const { t } = useTranslation();
  const { title: titleOf } = useTitles();
  const [initial] = useState(() => toApplicationForm(was));
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const original = was ? nameOf(was) : '';
  const catalogue = useCatalogue('applications').data;
  // Own applications are in the catalogue, too.
  const isOfCatalogue = (name: string) => findObject(policy, 'applications', name) === undefined && catalogue?.item.has(name) === true;
  const wrong = validateApplication(policy, form, original, isOfCatalogue);
  const dirty = !sameValue(form, initial);
  const rules = was ? rulesWith(policy, 'applications', original) : [];
  const mistakeOf = (field: ApplicationMistake['field'], server?: number) => {
    const mistake = tried ? wrong.find((other) => other.field === field && other.server === server) : undefined;
    return mistake && t(`object.mistake.${mistake.code}`, { value: mistake.value ?? '' });
  };
  const submit = () => {
    setTried(true);
    if (wrong.length > 0) return;
    const object = fromApplicationForm(form, was);
    if (!was) onEdit({ kind: 'add_object', section: 'applications', object });
    else if (dirty) onEdit({ kind: 'replace_object', section: 'applications', was, object });
    onClose();
  };
  const change = (fields: Partial<ApplicationForm>) => setForm({ ...form, ...fields });
  const setServer = (index: number, server: ServerForm) => change({ servers: form.servers.map((other, at) => (at === index ? server : other)) });
  const groups = (catalogue?.groups ?? []).filter(({ name }) => name !== ownApplicationCategory);
  const categories = [ownApplicationGroup, ...groups].map((group) => ({ value: group.name, label: titleOf(group) }));
  const subject = t('difference_subject.application');
  return (
    <FormDialog title={was ? t('object.edit_title', { subject, name: original }) : t('object.add_title', { subject })} dirty={dirty}
      onSubmit={submit} onClose={onClose} tall>
      <TextInput label={t('object.name')} value={form.name} error={mistakeOf('name')} data-autofocus={was === undefined || undefined}
        onChange={(event) => change({ name: event.currentTarget.value })} />
      <TextInput label={t('object.title')} description={t('application_object.title_hint')} value={form.title} error={mistakeOf('title')}
        onChange={(event) => change({ title: event.currentTarget.value })} />
      <Group grow align="flex-start">
        <Select label={t('application_object.category')} data={categories} value={form.category} allowDeselect={false} searchable
          onChange={(value) => change({ category: value ?? ownApplicationCategory })} />
        <Select label={t('application_object.risk')} data={risks.map((risk) => ({ value: String(risk), label: t(`application_object.risk_of.${risk}`) }))}
          value={String(form.risk)} allowDeselect={false} onChange={(value) => change({ risk: Number(value ?? 1) })} />
      </Group>
      <Textarea label={t('application_object.hosts')} description={t('application_object.hosts_hint')} value={form.hosts} error={mistakeOf('hosts')} autosize
        minRows={2} maxRows={8} spellCheck={false} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        onChange={(event) => change({ hosts: event.currentTarget.value })} />
      <Stack gap="xs">
        <Text size="xs" c="dimmed">{t('application_object.servers_hint')}</Text>
        {form.servers.map((server, index) => (
          <ServerFields key={index} number={index + 1} policy={policy} server={server} mistake={mistakeOf('servers', index)}
            onChange={(changed) => setServer(index, changed)} onRemove={() => change({ servers: form.servers.filter((_, at) => at !== index) })} />
        ))}
        <Group>
          <Button size="compact-sm" variant="default" leftSection={<Icon name="plus" />}
            onClick={() => change({ servers: [...form.servers, { addresses: [], services: [] }] })}>{t('application_object.add_server')}</Button>
        </Group>
      </Stack>
      {rules.length > 0 && <Alert color="blue" p="xs">{t('object.used_by', { rules: rules.map((name) => t('object.quoted', { name })).join(t('object.separator')) })}</Alert>}
    </FormDialog>
  );
}

interface ServerProps {
  number: number;
  policy: PolicyDocument;
  server: ServerForm;
  mistake: string | undefined;
  onChange: (server: ServerForm) => void;
  onRemove: () => void;
}

function ServerFields({ number, policy, server, mistake, onChange, onRemove }: ServerProps) {
  const { t } = useTranslation();
  return (
    <Fieldset legend={t('application_object.server', { number })} p="xs">
      <Group align="flex-start" wrap="nowrap">
        <TagsInput flex={1} label={t('application_object.addresses')} placeholder={server.addresses.length === 0 ? t('application_object.any') : ''}
          data={objectNames(policy, 'addresses')} value={[...server.addresses]} splitChars={[',']} acceptValueOnBlur error={mistake !== undefined}
          onChange={(addresses) => onChange({ ...server, addresses })} />
        <TagsInput flex={1} label={t('application_object.services')} placeholder={server.services.length === 0 ? t('application_object.any') : ''}
          data={objectNames(policy, 'services')} value={[...server.services]} splitChars={[',']} acceptValueOnBlur error={mistake !== undefined}
          onChange={(services) => onChange({ ...server, services })} />
        <ActionIcon variant="default" mt={24} aria-label={t('application_object.remove_server', { number })} onClick={onRemove}><Icon name="cross" size={14} /></ActionIcon>
      </Group>
      {mistake !== undefined && <Text size="xs" c="red" role="alert">{mistake}</Text>}
    </Fieldset>
  );
}
