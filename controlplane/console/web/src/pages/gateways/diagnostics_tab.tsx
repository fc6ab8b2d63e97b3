import { Alert, Button, Group, Loader, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { captureFileUrl, useDiagnostic, useStartDiagnostic } from '../../api/gateways';
import type { Diagnostic, DiagnosticOp, Gateway } from '../../api/types';
import { ErrorAlert } from '../../components/error_alert';
import { ResultView } from '../../components/result_view';
import { useFormats } from '../../components/use_formats';
import { diagnosticFields, toArguments } from './diagnostic_arguments';
import { DiagnosticForm } from './diagnostic_form';

const operations = ['status', 'ports', 'flows', 'explain', 'policy', 'counters', 'log', 'capture'] as const satisfies readonly DiagnosticOp[];

/** What the box's own command line would tell, asked over the gateway's connection. */
export function DiagnosticsTab({ tenant, gateway, mayCapture }: { tenant: string; gateway: Gateway; mayCapture: boolean }) {
  const { t } = useTranslation();
  const [op, setOp] = useState<DiagnosticOp>('status');
  const [texts, setTexts] = useState<Record<string, string>>({});
  const start = useStartDiagnostic(tenant, gateway.id);
  const diagnostic = useDiagnostic(tenant, gateway.id, start.data?.id);
  const choices = operations.filter((name) => name !== 'capture' || mayCapture);
  const choose = (value: DiagnosticOp) => {
    setOp(value);
    setTexts({});
    start.reset();
  };
  const waiting = start.isPending || (start.data !== undefined && (diagnostic.data?.state ?? 'waiting') === 'waiting' && !diagnostic.error);
  const missing = diagnosticFields[op].some(({ name, required }) => required && (texts[name] ?? '').trim() === '');
  return (
    <Stack gap="sm">
      <SegmentedControl size="xs" aria-label={t('diagnostics.what')} value={op} data={choices.map((value) => ({ value, label: t(`diagnostics.${value}`) }))} onChange={(value) => choose(value as DiagnosticOp)} />
      {!gateway.online && <Alert color="orange">{t('diagnostics.offline')}</Alert>}
      <DiagnosticForm fields={diagnosticFields[op]} texts={texts} onChange={setTexts} />
      <Group>
        <Button size="compact-md" disabled={!gateway.online || missing} loading={waiting}
          onClick={() => start.mutate({ op, arguments: toArguments(op, texts) })}>{t('diagnostics.run')}</Button>
        {waiting && <Text size="sm" c="dimmed" role="status"><Loader size="xs" mr="xs" />{t('diagnostics.waiting')}</Text>}
      </Group>
      {start.error && <ErrorAlert error={start.error} />}
      {diagnostic.error && <ErrorAlert error={diagnostic.error} />}
      {start.data && diagnostic.data && <Answer tenant={tenant} gateway={gateway.id} diagnostic={diagnostic.data} />}
    </Stack>
  );
}

/** An answer that is shown at all is a good one: its `ok` says nothing more. */
function withoutOk(result: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(result).filter(([key]) => key !== 'ok'));
}

function Answer({ tenant, gateway, diagnostic }: { tenant: string; gateway: string; diagnostic: Diagnostic }) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  if (diagnostic.state === 'waiting') return null;
  if (diagnostic.state === 'failed') return <Alert color="red" role="alert" title={t('diagnostics.failed')}>{diagnostic.message}</Alert>;
  return (
    <section aria-label={t('diagnostics.answer')}>
      {diagnostic.file_bytes !== undefined && (
        <Button component="a" mb="sm" variant="default" download={`capture-${diagnostic.id}.pcap`} href={captureFileUrl(tenant, gateway, diagnostic.id)}>
          {t('diagnostics.download', { size: bytes(diagnostic.file_bytes) })}
        </Button>
      )}
      <ResultView value={withoutOk(diagnostic.result ?? {})} />
    </section>
  );
}
