/** Who may have to wait for whom: the pairs behind each class. */
import type { PageData } from '../src/report/page/page-data.js';

export interface Waiting {
  handler: number;
  /** The classes on which the two conflict. */
  classes: number[];
}

/** The handlers for whose sections a handler may have to wait, itself among them if two of its own tasks conflict. */
export function waitsFor({ handlers }: PageData, index: number): Waiting[] {
  const own = new Map(handlers[index]?.needs.map(need => [need.class, need.mode]));
  return handlers.flatMap((other, handler) => {
    if (other.protection !== 'section') return [];
    const classes = other.needs.flatMap(need => {
      const mode = own.get(need.class);
      const isConflict = mode !== undefined && (mode !== 'shared' || need.mode !== 'shared');
      return isConflict ? [need.class] : [];
    });
    return classes.length > 0 ? [{ handler, classes }] : [];
  });
}
