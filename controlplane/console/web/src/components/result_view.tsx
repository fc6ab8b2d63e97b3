import { Text } from '@mantine/core';

import { Properties } from './properties';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function scalarText(value: Json): string {
  return value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const deepest = 4;

/** What a gateway's command line told, whatever its form: lists of things as tables, things as names and values. */
export function ResultView({ value, depth = 0 }: { value: unknown; depth?: number }) {
  const json = value as Json;
  if (typeof json === 'string' && json.includes('\n')) return <pre className="pre">{json}</pre>;
  if (json === null || typeof json !== 'object' || depth >= deepest) return <>{scalarText(json)}</>;
  if (isObject(json)) {
    return <Properties rows={Object.entries(json).map(([key, inner]) => [key, <ResultView key={key} value={inner} depth={depth + 1} />])} />;
  }
  const list = json as readonly Json[];
  if (list.length === 0) return <Text size="sm" c="dimmed">-</Text>;
  if (list.every(isObject)) return <RowsView rows={list} />;
  return <pre className="pre">{list.map(scalarText).join('\n')}</pre>;
}

function RowsView({ rows }: { rows: readonly { readonly [key: string]: Json }[] }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <div className="panel" style={{ overflow: 'auto', maxHeight: '50vh' }}>
      <table className="grid">
        <thead><tr>{columns.map((column) => <th key={column} scope="col">{column}</th>)}</tr></thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>{columns.map((column) => <td key={column}>{scalarText(row[column] ?? null)}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
