/** Binary search in what is in order. */

/** The last of the items of which `holds` is true, where it is true of the first ones and of no others. */
export function lastThat<T>(items: readonly T[], holds: (item: T) => boolean): T | undefined {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return items[low - 1];
}
