import { Alert, Button, Group, List, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ConfirmDialog, Dialog } from '../../components/dialog';
import { Icon } from '../../components/icon';
import { useFormats } from '../../components/use_formats';
import { nameOf, type NamedObject, type PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { newProfile, profilesOf, rulesWithProfile, toIpsForm } from '../../policy/ips';
import { OwnContents } from '../policy/own_contents';
import { ProfileDialog } from './profile_dialog';

type Open = { dialog: 'edit' | 'remove'; profile: NamedObject } | undefined;

interface Props {
  policy: PolicyDocument;
  onEdit: (edit: Edit) => void;
}

/** How each security profile uses the rules. */
export function ProfileTable({ policy, onEdit }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>();
  const profiles = profilesOf(policy);
  const close = () => setOpen(undefined);
  return (
    <>
      <Button size="compact-md" mb="xs" leftSection={<Icon name="plus" />} onClick={() => setOpen({ dialog: 'edit', profile: newProfile })}>{t('ips.add_profile')}</Button>
      <div className="panel panel-scroll">
        <table className="grid">
          <thead>
            <tr>
              <th scope="col">{t('ips.profile')}</th>
              <th scope="col">{t('ips.mode')}</th>
              <th scope="col">{t('ips.minimum_severity')}</th>
              <th scope="col">{t('ips.overrides')}</th>
              <th scope="col">{t('ips.used_by')}</th>
              <th scope="col" className="narrow">{t('common.actions')}</th>
            </tr>
          </thead>
          <tbody>
            {profiles.map((profile) => <ProfileRow key={nameOf(profile)} policy={policy} profile={profile} onOpen={setOpen} />)}
          </tbody>
        </table>
        {profiles.length === 0 && <Text c="dimmed" size="sm" p="lg" ta="center">{t('ips.no_profiles')}</Text>}
      </div>
      <Text size="xs" c="dimmed" mt="xs">{t('ips.profile_hint')}</Text>
      {open?.dialog === 'edit' && (
        <OwnContents policy={policy}><ProfileDialog policy={policy} profile={open.profile} onEdit={onEdit} onClose={close} /></OwnContents>
      )}
      {open?.dialog === 'remove' && <RemoveProfileDialog policy={policy} profile={open.profile} onEdit={onEdit} onClose={close} />}
    </>
  );
}

function ProfileRow({ policy, profile, onOpen }: { policy: PolicyDocument; profile: NamedObject; onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const form = toIpsForm(profile);
  const name = nameOf(profile);
  const users = rulesWithProfile(policy, name);
  return (
    <tr data-profile={name}>
      <td style={{ minWidth: 160 }}>
        <button type="button" className="row-button" onClick={() => onOpen({ dialog: 'edit', profile })}>{name}</button>
      </td>
      <td className="nowrap">{form.enabled ? t(`ips.action.${form.action}`) : t('common.off')}</td>
      <td className="nowrap">{t(`ips.severity.${form.minimumSeverity}`)}</td>
      <td className="nowrap">{form.overrides.size === 0 ? t('ips.no_overrides') : t('ips.override_count', { number: number(form.overrides.size) })}</td>
      <td className="long" title={users.join('\n')}>{users.length === 0 ? t('object.unused') : t('object.rule_count', { number: number(users.length) })}</td>
      <td className="narrow">
        <Group gap={4} wrap="nowrap">
          <Button size="compact-xs" variant="default" aria-label={t('object.edit_one', { name })} onClick={() => onOpen({ dialog: 'edit', profile })}>{t('common.edit')}</Button>
          <Button size="compact-xs" variant="default" c="red" aria-label={t('object.remove_one', { name })} onClick={() => onOpen({ dialog: 'remove', profile })}>{t('common.remove')}</Button>
        </Group>
      </td>
    </tr>
  );
}

/** A profile that rules apply stays: their traffic would not be inspected without it. */
function RemoveProfileDialog({ policy, profile, onEdit, onClose }: Props & { profile: NamedObject; onClose: () => void }) {
  const { t } = useTranslation();
  const name = nameOf(profile);
  const users = rulesWithProfile(policy, name);
  if (users.length === 0) {
    const remove = () => {
      onEdit({ kind: 'remove_profile', was: profile });
      onClose();
    };
    return <ConfirmDialog title={t('ips.remove_profile')} text={t('ips.remove_profile_text', { name })} action={t('common.remove')} danger onConfirm={remove} onClose={onClose} />;
  }
  return (
    <Dialog opened onClose={onClose} title={t('ips.remove_profile')} centered>
      <Alert color="orange" role="alert" title={t('object.in_use', { name })}>
        <List size="sm">{users.map((rule) => <List.Item key={rule}>{rule}</List.Item>)}</List>
      </Alert>
      <Group justify="flex-end" mt="md"><Button variant="default" onClick={onClose} data-autofocus>{t('common.close')}</Button></Group>
    </Dialog>
  );
}
