import type { ReactNode } from 'react';

export type Property = readonly [label: string, value: ReactNode];

/** Names and values, one pair a line. */
export function Properties({ rows }: { rows: readonly Property[] }) {
  return (
    <table className="grid panel">
      <tbody>
        {rows.map(([label, value]) => (
          <tr key={label}>
            <th scope="row" style={{ position: 'static', width: '34%' }}>{label}</th>
            <td className="long">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
