/** Which handlers are shown. */
import type { PageData, PageHandler } from '../src/report/page/page-data.js';

export interface Filter {
  text: string;
  /** Groups that are left out, by index. */
  hidden: ReadonlySet<number>;
}

/** A handler matches if each word is in its id, its kind, or the name of a class that it needs. */
export function matching({ handlers, classes }: PageData, { text, hidden }: Filter): number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const isFound = ({ id, kind, form, needs }: PageHandler): boolean => {
    const names = needs.map(need => classes[need.class]?.name ?? '');
    const haystack = [id, kind, form, ...names].join('\n').toLowerCase();
    return words.every(word => haystack.includes(word));
  };
  return handlers.flatMap((handler, index) =>
    !hidden.has(handler.group) && isFound(handler) ? [index] : [],
  );
}
