import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useContent, usePackChanges } from '../../api/content';
import { useGroups } from '../../api/tenants';
import type { Content, ContentPack } from '../../api/types';
import { ConfirmDialog } from '../../components/dialog';
import { Icon } from '../../components/icon';
import { QueryState } from '../../components/query_state';
import { useFormats } from '../../components/use_formats';
import { DatabasesSection } from './databases_section';
import { PackDialog } from './pack_dialog';
import { PackGateways } from './pack_gateways';
import { PackReturnDialog } from './pack_return_dialog';

type Open = { dialog: 'publish'; pack: ContentPack | undefined } | { dialog: 'return' | 'remove'; pack: ContentPack } | undefined;

/** Packs of rules go to the gateways at once: they are no part of the draft. */
export function PacksTab({ tenant }: { tenant: string }) {
  const { t } = useTranslation();
  const content = useContent(tenant);
  const { remove } = usePackChanges(tenant);
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  return (
    <>
      <Button size="compact-md" mb="xs" leftSection={<Icon name="plus" />} onClick={() => setOpen({ dialog: 'publish', pack: undefined })}>{t('packs.add')}</Button>
      <QueryState query={content}>
        {(data) => (
          <>
            <PackTable tenant={tenant} content={data} onOpen={setOpen} />
            <Text size="xs" c="dimmed" mt="xs" mb="md">{t('packs.hint')}</Text>
            <PackGateways content={data} />
            <DatabasesSection tenant={tenant} content={data} />
          </>
        )}
      </QueryState>
      {open?.dialog === 'publish' && <PackDialog tenant={tenant} pack={open.pack} onClose={close} />}
      {open?.dialog === 'return' && <PackReturnDialog tenant={tenant} pack={open.pack} onClose={close} />}
      {open?.dialog === 'remove' && (
        <ConfirmDialog title={t('packs.remove')} text={t('packs.remove_text', { name: open.pack.name })} action={t('common.remove')} danger
          busy={remove.isPending} error={remove.error} onClose={close} onConfirm={() => remove.mutate(open.pack.id, { onSuccess: close })} />
      )}
    </>
  );
}

function PackTable({ tenant, content, onOpen }: { tenant: string; content: Content; onOpen: (open: Open) => void }) {
  const { t } = useTranslation();
  const { number, bytes, time } = useFormats();
  const groups = useGroups(tenant);
  const groupName = (id: string | undefined) => (id === undefined ? t('packs.all_groups') : (groups.data?.find((group) => group.id === id)?.name ?? ''));
  return (
    <div className="panel panel-scroll">
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">{t('packs.name')}</th>
            <th scope="col">{t('packs.version')}</th>
            <th scope="col">{t('packs.rules')}</th>
            <th scope="col">{t('packs.group')}</th>
            <th scope="col">{t('packs.published')}</th>
            <th scope="col" className="narrow">{t('common.actions')}</th>
          </tr>
        </thead>
        <tbody>
          {content.packs.map((pack) => {
            const version = pack.versions.find((one) => one.version === pack.version);
            return (
              <tr key={pack.id} data-pack={pack.name}>
                <td className="long">{pack.name}<Text size="xs" c="dimmed">{version?.notes}</Text></td>
                <td className="nowrap">{number(pack.version)}</td>
                <td className="nowrap">
                  {number(version?.num_rules ?? 0)}
                  <Text size="xs" c="dimmed">{t('packs.refused_and_size', { refused: number(version?.num_refused ?? 0), size: bytes(version?.bytes ?? 0) })}</Text>
                </td>
                <td>{groupName(pack.group)}</td>
                <td className="nowrap">{version && time(version.created_at)}<Text size="xs" c="dimmed">{version?.created_by}</Text></td>
                <td className="narrow">
                  <Group gap={4} wrap="nowrap">
                    <Button size="compact-xs" variant="default" aria-label={t('packs.new_version_of', { name: pack.name })} onClick={() => onOpen({ dialog: 'publish', pack })}>{t('packs.new_version')}</Button>
                    <Button size="compact-xs" variant="default" disabled={pack.versions.length < 2} aria-label={t('packs.return_of', { name: pack.name })} onClick={() => onOpen({ dialog: 'return', pack })}>{t('packs.return')}</Button>
                    <Button size="compact-xs" variant="default" c="red" aria-label={t('object.remove_one', { name: pack.name })} onClick={() => onOpen({ dialog: 'remove', pack })}>{t('common.remove')}</Button>
                  </Group>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {content.packs.length === 0 && <Text c="dimmed" size="sm" p="lg" ta="center">{t('packs.none')}</Text>}
    </div>
  );
}
