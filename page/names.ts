/** Short forms of the names of the plan, which begin with a path. */

/** `src/services/cart.ts#addToCart` becomes `cart.ts#addToCart`. */
export function shortName(name: string): string {
  const hash = name.indexOf('#');
  const path = hash < 0 ? name : name.slice(0, hash);
  return path.slice(path.lastIndexOf('/') + 1) + (hash < 0 ? '' : name.slice(hash));
}

/** Milliseconds, as precisely as they are worth it. */
export function durationText(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** As editors and terminals link it: columns count from 1. */
export function placeText({
  module,
  line,
  column,
}: {
  module?: string;
  line?: number;
  column?: number;
}): string {
  return [module, line, column === undefined ? undefined : column + 1]
    .filter(part => part !== undefined)
    .join(':');
}
