import { useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

interface Props<Row> {
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Pixels of every row. */
  rowHeight: number;
  label: string;
  /** The row that is in sight first, and takes the focus if `takeFocus`. */
  first?: number;
  takeFocus?: boolean;
  /** `tabIndex` is for the row's controls: only one row of the list is on the way of the Tab key. */
  children: (row: Row, tabIndex: 0 | -1) => ReactNode;
  /** Keys that the list does not use itself; `row` has the focus. */
  onKey?: (key: string, row: Row) => void;
}

const spare = 6; // rows beyond both edges, so that a step or a turn of the wheel finds them there

/** A list of which only the rows in sight are elements: thousands scroll smoothly. Up, Down, Home, End and the Page keys go through it. */
export function WindowList<Row>({ rows, keyOf, rowHeight, label, first = 0, takeFocus = false, children, onKey }: Props<Row>) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(rowHeight * 8);
  const [wanted, setWanted] = useState(first);
  const focusNext = useRef(takeFocus);
  const active = Math.max(0, Math.min(wanted, rows.length - 1));

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (first > 0) box.current?.scrollTo({ top: (first - 2) * rowHeight });
  }, [first, rowHeight]);
  useLayoutEffect(() => {
    if (!focusNext.current) return;
    const control = box.current?.querySelector<HTMLElement>(`[data-row="${active}"] [tabindex="0"]`);
    if (!control) return;
    focusNext.current = false;
    control.focus({ preventScroll: true });
  });

  const goTo = (row: number) => {
    const target = Math.max(0, Math.min(row, rows.length - 1));
    const element = box.current;
    if (element && target * rowHeight < element.scrollTop) element.scrollTo({ top: target * rowHeight });
    if (element && (target + 1) * rowHeight > element.scrollTop + height) element.scrollTo({ top: (target + 1) * rowHeight - height });
    focusNext.current = true;
    setWanted(target);
  };
  const press = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const steps: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -rows.length, End: rows.length };
    const step = steps[event.key];
    const row = rows[active];
    if (step !== undefined) {
      event.preventDefault();
      goTo(active + step);
    } else if (row !== undefined) onKey?.(event.key, row);
  };

  const begin = Math.max(0, Math.floor(top / rowHeight) - spare);
  const end = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + spare);
  // The row with the focus stays an element wherever the list is scrolled to.
  const shown = Array.from({ length: Math.max(0, end - begin) }, (_, n) => begin + n);
  if (rows.length > 0 && (active < begin || active >= end)) shown.push(active);
  return (
    <div ref={box} className="window-list" onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <ul aria-label={label} style={{ height: rows.length * rowHeight }} onKeyDown={press}>
        {shown.map((index) => {
          const row = rows[index];
          return row !== undefined && (
            <li key={keyOf(row)} data-row={index} aria-setsize={rows.length} aria-posinset={index + 1} style={{ top: index * rowHeight, height: rowHeight }}
              onFocus={() => setWanted(index)}>
              {children(row, index === active ? 0 : -1)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
