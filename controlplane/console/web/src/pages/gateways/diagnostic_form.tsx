import { NumberInput, SimpleGrid, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { DiagnosticField } from './diagnostic_arguments';

interface Props {
  fields: readonly DiagnosticField[];
  texts: Readonly<Record<string, string>>;
  onChange: (texts: Record<string, string>) => void;
}

export function DiagnosticForm({ fields, texts, onChange }: Props) {
  const { t } = useTranslation();
  if (fields.length === 0) return null;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xs">
      {fields.map(({ name, number, required }) =>
        number ? (
          <NumberInput key={name} size="xs" label={t(`diagnostics.field.${name}`)} min={0} allowDecimal={false} value={texts[name] ?? ''}
            onChange={(value) => onChange({ ...texts, [name]: String(value) })} />
        ) : (
          <TextInput key={name} size="xs" label={t(`diagnostics.field.${name}`)} required={required ?? false} value={texts[name] ?? ''}
            onChange={(event) => onChange({ ...texts, [name]: event.currentTarget.value })} />
        ),
      )}
    </SimpleGrid>
  );
}
