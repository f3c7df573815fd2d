/**
 * The middle one of the values, or halfway between the middle two.
 *
 * @param {readonly number[]} values
 * @returns {number} NaN if there are none
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
