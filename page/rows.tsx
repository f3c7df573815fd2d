/** What the tables have in common: order by a column, and rows that arrow keys walk through. */
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';

export interface Column {
  title: string;
  isNumber?: boolean;
  /** What rows are ordered by, ascending. */
  of(index: number): string | number;
}

interface Sorting {
  column: number;
  isReversed: boolean;
}

export function useSorting(indices: readonly number[], columns: readonly Column[], initial: number) {
  const [sorting, setSorting] = useState<Sorting>({ column: initial, isReversed: false });
  // Not by the columns, which are made anew with each rendering and mean the same.
  const sorted = useMemo(() => {
    const { column, isReversed } = sorting;
    const keyOf = columns[column]?.of ?? (() => 0);
    const ordered = indices
      .map(index => ({ index, key: keyOf(index) }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.index - b.index))
      .map(({ index }) => index);
    return isReversed ? ordered.reverse() : ordered;
  }, [indices, sorting]);
  const sortBy = (column: number) =>
    setSorting({ column, isReversed: column === sorting.column && !sorting.isReversed });
  return { sorted, sorting, sortBy };
}

interface HeadProps {
  columns: readonly Column[];
  sorting: Sorting;
  onSort(column: number): void;
}

export function SortableHead({ columns, sorting, onSort }: HeadProps) {
  return (
    <thead>
      <tr>
        {columns.map(({ title, isNumber }, column) => {
          const isSorted = sorting.column === column;
          // Numbers are ordered from the largest on.
          const isAscending = isNumber === true ? sorting.isReversed : !sorting.isReversed;
          return (
            <th
              key={title}
              scope="col"
              class={isNumber ? 'number' : undefined}
              aria-sort={isSorted ? (isAscending ? 'ascending' : 'descending') : 'none'}
            >
              <button type="button" onClick={() => onSort(column)}>
                {title}
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

interface RowButtonProps {
  isSelected: boolean;
  onClick(): void;
  children: ComponentChildren;
}

/** The button that selects a row; the arrow keys lead to that of the next one. */
export function RowButton({ isSelected, onClick, children }: RowButtonProps) {
  return (
    <button
      type="button"
      class="row"
      aria-pressed={isSelected}
      onClick={onClick}
      onKeyDown={event => {
        const step = { ArrowDown: 'next', ArrowUp: 'previous' }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const row = event.currentTarget.closest('tr');
        const neighbour = step === 'next' ? row?.nextElementSibling : row?.previousElementSibling;
        neighbour?.querySelector<HTMLElement>('button.row')?.focus();
      }}
    >
      {children}
    </button>
  );
}
