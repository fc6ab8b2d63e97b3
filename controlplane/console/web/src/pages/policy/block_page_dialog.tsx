import { Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FormDialog } from '../../components/form_dialog';
import { blockPageLimits, blockPageMistake, blockPageOf, blockPageTexts, type BlockPageText } from '../../policy/block_page';
import type { PolicyDocument } from '../../policy/document';
import type { Edit } from '../../policy/edits';
import { sameValue } from '../../policy/same_value';

interface Props {
  policy: PolicyDocument;
  onEdit: (edit: Edit) => void;
  onClose: () => void;
}

export function BlockPageDialog({ policy, onEdit, onClose }: Props) {
  const { t } = useTranslation();
  const [initial] = useState(() => blockPageOf(policy));
  const [form, setForm] = useState(initial);
  const dirty = !sameValue(form, initial);
  const mistakeOf = (text: BlockPageText) => {
    const mistake = blockPageMistake(text, form[text]);
    return mistake && t(`block_page.mistake.${mistake}`, { most: blockPageLimits[text] });
  };
  const submit = () => {
    if (blockPageTexts.some((text) => blockPageMistake(text, form[text]))) return;
    if (dirty) onEdit({ kind: 'set_block_page', was: initial, page: form });
    onClose();
  };
  return (
    <FormDialog title={t('block_page.title')} dirty={dirty} onSubmit={submit} onClose={onClose}>
      <Text size="sm">{t('block_page.hint')}</Text>
      <TextInput label={t('block_page_text.organisation')} value={form.organisation} error={mistakeOf('organisation')} data-autofocus
        onChange={(event) => setForm({ ...form, organisation: event.currentTarget.value })} />
      <Textarea label={t('block_page_text.message')} value={form.message} error={mistakeOf('message')} autosize minRows={3} maxRows={8}
        onChange={(event) => setForm({ ...form, message: event.currentTarget.value })} />
      <TextInput label={t('block_page_text.contact')} value={form.contact} error={mistakeOf('contact')}
        onChange={(event) => setForm({ ...form, contact: event.currentTarget.value })} />
    </FormDialog>
  );
}
