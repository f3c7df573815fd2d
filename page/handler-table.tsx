/** All handlers that the filter lets through, in the order that is asked for. */
import { useMemo, useState } from 'preact/hooks';
import type { PageData } from '../src/report/page/page-data.js';
import { durationText } from './names.js';
import { RowButton, SortableHead, useSorting } from './rows.js';
import { isSame, type Selection } from './selection.js';
import { waitsFor } from './waiting.js';

interface Props {
  data: PageData;
  shown: readonly number[];
  selection: Selection | undefined;
  onSelect(selection: Selection): void;
}

/** More rows than anybody reads cost time at every key that is typed. */
const MOST_ROWS = 500;

export function HandlerTable({ data, shown, selection, onSelect }: Props) {
  const { handlers, groups } = data;
  const waits = useMemo(() => handlers.map((_, index) => waitsFor(data, index).length), [data, handlers]);
  const [isWhole, setIsWhole] = useState(false);
  const columns = [
    { title: 'handler', of: (index: number) => handlers[index]?.id ?? '' },
    { title: 'protection', of: (index: number) => handlers[index]?.group ?? 0 },
    data.isMeasured
      ? { title: 'waited', isNumber: true, of: (index: number) => -(handlers[index]?.cost?.waited ?? 0) }
      : { title: 'classes', isNumber: true, of: (index: number) => -(handlers[index]?.needs.length ?? 0) },
    { title: 'waits for', isNumber: true, of: (index: number) => -(waits[index] ?? 0) },
  ];
  const { sorted, sorting, sortBy } = useSorting(shown, columns, data.isMeasured ? 2 : 1);
  if (shown.length === 0) return <p class="empty">No handler matches.</p>;
  const rows = isWhole ? sorted : sorted.slice(0, MOST_ROWS);
  return (
    <>
      <table>
        <caption class="unseen">Handlers</caption>
        <SortableHead columns={columns} sorting={sorting} onSort={sortBy} />
        <tbody>
          {rows.map(index => {
            const handler = handlers[index];
            if (handler === undefined) return null;
            const own: Selection = { kind: 'handler', index };
            return (
              <tr key={handler.id} class={isSame(selection, own) ? 'selected' : undefined}>
                <td>
                  <RowButton isSelected={isSame(selection, own)} onClick={() => onSelect(own)}>
                    <ListedName name={handler.id} />
                  </RowButton>
                </td>
                <td>
                  <span class={`chip ${handler.protection}`}>
                    {handler.protection === 'untouched' ? groups[handler.group]?.title : handler.protection}
                  </span>
                </td>
                <td class="number">
                  {data.isMeasured
                    ? handler.cost?.waits
                      ? durationText(handler.cost.waited)
                      : ''
                    : handler.needs.length || ''}
                </td>
                <td class="number">{waits[index] || ''}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length < sorted.length && (
        <button type="button" class="more" onClick={() => setIsWhole(true)}>
          Show all {sorted.length}
        </button>
      )}
    </>
  );
}

/** The path of a name is less important than the rest. */
export function SplitName({ name }: { name: string }) {
  const hash = name.indexOf('#');
  if (hash < 0) return <span class="name">{name}</span>;
  return (
    <span class="name">
      <span class="path">{name.slice(0, hash)}</span>
      {name.slice(hash)}
    </span>
  );
}

/** In a list the path comes last, and is cut off where there is no room for it. */
export function ListedName({ name }: { name: string }) {
  const hash = name.indexOf('#');
  return (
    <span class="name listed" title={name}>
      <span>{hash < 0 ? name : name.slice(hash + 1)}</span>
      {hash >= 0 && <span class="path">{name.slice(0, hash)}</span>}
    </span>
  );
}
