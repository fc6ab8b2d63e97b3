import { Box, Stack, Text } from '@mantine/core';

import { Properties } from './properties';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function scalarText(value: Json): string {
  return value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const deepest = 4;

function isPlain(value: Json): boolean {
  return value === null || typeof value !== 'object' ? !String(value).includes('\n') : false;
}

/** What a gateway's command line told, whatever its form: lists of things as tables, things as names and values. */
export function ResultView({ value, depth = 0 }: { value: unknown; depth?: number }) {
  const json = value as Json;
  if (typeof json === 'string' && json.includes('\n')) return <pre className="pre">{json}</pre>;
  if (json === null || typeof json !== 'object' || depth >= deepest) return <Text size="sm" className="code-line">{scalarText(json)}</Text>;
  if (isObject(json)) return <ThingView entries={Object.entries(json)} depth={depth} />;
  const list = json as readonly Json[];
  if (list.length === 0) return <Text size="sm" c="dimmed">-</Text>;
  if (list.every(isObject)) return <RowsView rows={list} />;
  return <pre className="pre">{list.map(scalarText).join('\n')}</pre>;
}

/** Values of one line beside their names; what is larger below them, each with its name above and the whole width. */
function ThingView({ entries, depth }: { entries: readonly (readonly [string, Json])[]; depth: number }) {
  const plain = entries.filter(([, value]) => isPlain(value));
  return (
    <Stack gap="xs">
      {plain.length > 0 && <Properties rows={plain.map(([key, value]) => [key, scalarText(value)])} />}
      {entries.filter(([, value]) => !isPlain(value)).map(([key, value]) => (
        <div key={key} role="group" aria-label={key}>
          <Text size="sm" fw={600} mb={4}>{key}</Text>
          <Box pl={depth > 0 ? 'sm' : 0}><ResultView value={value} depth={depth + 1} /></Box>
        </div>
      ))}
    </Stack>
  );
}

function RowsView({ rows }: { rows: readonly { readonly [key: string]: Json }[] }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <div className="panel" style={{ overflow: 'auto', maxHeight: '50vh' }}>
      <table className="grid">
        <thead><tr>{columns.map((column) => <th key={column} scope="col">{column}</th>)}</tr></thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>{columns.map((column) => <CellView key={column} text={scalarText(row[column] ?? null)} />)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const longText = 40;

function CellView({ text }: { text: string }) {
  return text.length > longText ? <td className="long" style={{ minWidth: 260 }}>{text}</td> : <td className="nowrap">{text}</td>;
}
