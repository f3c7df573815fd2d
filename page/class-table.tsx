/** All conflict classes, the most constraining first. */
import type { PageData } from '../src/report/page/page-data.js';
import { ListedName } from './handler-table.js';
import { durationText } from './names.js';
import { RowButton, SortableHead, useSorting } from './rows.js';
import { isSame, type Selection } from './selection.js';

interface Props {
  data: PageData;
  selection: Selection | undefined;
  onSelect(selection: Selection): void;
}

export function ClassTable({ data: { classes, isMeasured }, selection, onSelect }: Props) {
  const columns = [
    { title: 'class', of: (index: number) => classes[index]?.name ?? '' },
    { title: 'lock', of: (index: number) => (classes[index]?.locked ? 0 : 1) },
    isMeasured
      ? { title: 'waited', isNumber: true, of: (index: number) => -(classes[index]?.cost?.waited ?? 0) }
      : { title: 'handlers', isNumber: true, of: (index: number) => -(classes[index]?.members.length ?? 0) },
    { title: 'pairs', isNumber: true, of: (index: number) => -(classes[index]?.pairs ?? 0) },
  ];
  const { sorted, sorting, sortBy } = useSorting([...classes.keys()], columns, isMeasured ? 2 : 3);
  if (classes.length === 0) return <p class="empty">No handlers conflict.</p>;
  return (
    <table>
      <caption class="unseen">Conflict classes</caption>
      <SortableHead columns={columns} sorting={sorting} onSort={sortBy} />
      <tbody>
        {sorted.map(index => {
          const each = classes[index];
          if (each === undefined) return null;
          const own: Selection = { kind: 'class', index };
          return (
            <tr key={each.name} class={isSame(selection, own) ? 'selected' : undefined}>
              <td>
                <RowButton isSelected={isSame(selection, own)} onClick={() => onSelect(own)}>
                  <ListedName name={each.name} />
                </RowButton>
              </td>
              <td>
                <span class={`chip ${each.locked ? 'class' : 'untouched'}`}>
                  {each.locked ? 'locked' : 'needs none'}
                </span>
              </td>
              <td class="number">
                {isMeasured ? (each.cost?.waits ? durationText(each.cost.waited) : '') : each.members.length}
              </td>
              <td class="number">{each.pairs || ''}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
