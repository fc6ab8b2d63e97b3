import { Button, Group, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { nameOf, type NamedObject, type PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { objectsOf, userFields, valuesOf, type NamedSection } from '../../policy/objects';
import { referrersTo } from '../../policy/references';
import { toUserForm } from '../../policy/user_form';
import { ApplicationDialog } from './application_dialog';
import { ObjectDialog } from './object_dialog';
import { RemoveObjectDialog } from './remove_object_dialog';
import { UserDialog } from './user_dialog';

const shownValues = 8;

type Open = { dialog: 'edit'; object: NamedObject | undefined } | { dialog: 'remove'; object: NamedObject } | undefined;

interface Props {
  policy: PolicyDocument;
  section: NamedSection;
  onEdit: (edit: Edit) => void;
}

/** The named objects of one kind (R056). */
export function ObjectTable({ policy, section, onEdit }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>();
  const [search, setSearch] = useState('');
  const objects = objectsOf(policy, section);
  const words = search.trim().toLowerCase();
  const fits = (object: NamedObject) => [nameOf(object), ...valuesOf(section, object)].some((text) => text.toLowerCase().includes(words));
  const shown = words === '' ? objects : objects.filter(fits);
  const close = () => setOpen(undefined);
  return (
    <>
      <Group justify="space-between" mb="xs">
        <Button size="compact-md" leftSection={<Icon name="plus" />} onClick={() => setOpen({ dialog: 'edit', object: undefined })}>{t('object.add')}</Button>
        <TextInput size="xs" w={260} aria-label={t('object.search')} placeholder={t('object.search')} leftSection={<Icon name="search" size={14} />}
          value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
      </Group>
      <div className="panel panel-scroll" style={{ maxHeight: 'calc(100vh - 260px)' }}>
        <table className="grid">
          <thead>
            <tr>
              <th scope="col">{t('object.name')}</th>
              {section === 'users' ? userFields.map((field) => <th key={field} scope="col">{t(`user_object.${field}`)}</th>) : <th scope="col">{t('object.values')}</th>}
              <th scope="col">{t('object.rules')}</th>
              <th scope="col" className="narrow">{t('common.actions')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((object) => <ObjectRow key={nameOf(object)} policy={policy} section={section} object={object} onOpen={setOpen} />)}
          </tbody>
        </table>
        {shown.length === 0 && <Text c="dimmed" size="sm" p="lg" ta="center">{objects.length === 0 ? t('object.none') : t('object.none_found')}</Text>}
      </div>
      {open?.dialog === 'edit' && section === 'users' && <UserDialog policy={policy} user={open.object} onEdit={onEdit} onClose={close} />}
      {open?.dialog === 'edit' && section === 'applications' && <ApplicationDialog policy={policy} application={open.object} onEdit={onEdit} onClose={close} />}
      {open?.dialog === 'edit' && section !== 'users' && section !== 'applications' && <ObjectDialog policy={policy} section={section} object={open.object} onEdit={onEdit} onClose={close} />}
      {open?.dialog === 'remove' && <RemoveObjectDialog policy={policy} section={section} object={open.object} onRemove={onEdit} onClose={close} />}
    </>
  );
}

function ObjectRow({ policy, section, object, onOpen }: { policy: PolicyDocument; section: NamedSection; object: NamedObject; onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const name = nameOf(object);
  const lists = section === 'users' ? userFields.map((field) => toUserForm(object)[field]) : [valuesOf(section, object)];
  const title = (section === 'url_categories' || section === 'applications') && typeof object.title === 'string' ? object.title : '';
  const users = referrersTo(policy, section, name);
  return (
    <tr data-object={name}>
      <td style={{ minWidth: 160 }}>
        <button type="button" className="row-button" onClick={() => onOpen({ dialog: 'edit', object })}>{name}</button>
        {title !== '' && <Text size="xs" c="dimmed">{title}</Text>}
      </td>
      {lists.map((values, index) => (
        <td key={index} className="long">
          {values.slice(0, shownValues).join(', ')}
          {values.length > shownValues && <Text span size="xs" c="dimmed">{` ${t('rule.more_values', { count: values.length - shownValues })}`}</Text>}
        </td>
      ))}
      <td className="long" title={users.join('\n')}>{users.length === 0 ? <Text size="sm" c="dimmed">{t('object.not_used')}</Text> : t('object.use_count', { number: number(users.length) })}</td>
      <td className="narrow">
        <Group gap={4} wrap="nowrap">
          <Button size="compact-xs" variant="default" aria-label={t('object.edit_one', { name })} onClick={() => onOpen({ dialog: 'edit', object })}>{t('common.edit')}</Button>
          <Button size="compact-xs" variant="default" c="red" aria-label={t('object.remove_one', { name })} onClick={() => onOpen({ dialog: 'remove', object })}>{t('common.remove')}</Button>
        </Group>
      </td>
    </tr>
  );
}
