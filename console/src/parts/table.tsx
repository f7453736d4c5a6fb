// Tables: dense, readable, scrolled sideways within themselves where the window is too narrow for them.
import type { ReactNode } from 'react';
import classes from './table.module.css';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
  readonly align?: 'right';
  /** CSS width; columns without one share what is left. */
  readonly width?: string;
  /** Left out on a phone. */
  readonly wide?: boolean;
}

interface TableProps<T> {
  /** Says what the table is, for a screen reader. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
  readonly fixed?: boolean;
}

export function Table<T>({ label, columns, rows, rowKey, fixed = false }: TableProps<T>): ReactNode {
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label={label}>
      <table className={classes.table} data-fixed={fixed || undefined}>
        <caption className="sr">{label}</caption>
        <thead>
          <tr>
            {columns.map(({ title, align, width, wide }) => (
              <th key={title} scope="col" data-align={align} data-wide={wide || undefined} style={{ width }}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ title, cell, align, wide }) => (
                <td key={title} data-align={align} data-wide={wide || undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
