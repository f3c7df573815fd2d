/**
 * The author's choice of handlers: which of those found are scheduled at all.
 *
 * A handler that is left out is opted out, not forgotten: its author answers for it, and every report names it.
 */
import picomatch from 'picomatch';
import type { HandlerOptions } from '../options.js';
import type { Handler } from './handlers.js';

type Selection = Partial<Pick<HandlerOptions, 'callbacks' | 'include' | 'exclude'>>;

export function selectHandlers(
  handlers: readonly Handler[],
  { callbacks = true, include = [], exclude = [] }: Selection,
): Handler[] {
  const isIncluded = matcher(include);
  const isExcluded = matcher(exclude);
  return handlers
    .filter(handler => callbacks || handler.kind === 'export' || handler.isStage)
    .map(handler =>
      (include.length > 0 && !isIncluded(handler.id)) || isExcluded(handler.id)
        ? { ...handler, isOptedOut: true }
        : handler,
    );
}

/** Stands for a slash in the part behind the `#`, where `*` is to match it: `src/app.ts#get("/a")`. */
const SLASH = '\u0001';

const flat = (id: string): string => {
  const hash = id.indexOf('#');
  return hash < 0 ? id : id.slice(0, hash + 1) + id.slice(hash + 1).replaceAll('/', SLASH);
};

/** A glob without `#` is one of modules: it stands for all handlers in them. */
function matcher(globs: readonly string[]): (id: string) => boolean {
  const matchers = globs.map(glob => {
    const matches = picomatch(flat(glob), { dot: true, nonegate: true });
    return (id: string) => matches(glob.includes('#') ? flat(id) : id.slice(0, id.indexOf('#')));
  });
  return id => matchers.some(matches => matches(id));
}
