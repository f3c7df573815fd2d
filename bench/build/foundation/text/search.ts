const BOUNDARY = /[^\p{L}\p{N}]+/u;

export function words(text: string) {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(BOUNDARY)
    .filter(word => word.length > 1);
}

/** How well a text answers a query: whole words count more than their beginnings. */
export function score(query: string, text: string) {
  const wanted = words(query);
  const present = words(text);
  let total = 0;
  for (const word of wanted) {
    if (present.includes(word)) total += 2;
    else if (present.some(other => other.startsWith(word))) total += 1;
    else return 0;
  }
  return total / (1 + Math.log(1 + present.length));
}

export function best<T>(items: readonly T[], query: string, textOf: (item: T) => string, most = 20) {
  return items
    .map(item => ({ item, value: score(query, textOf(item)) }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, most)
    .map(({ item }) => item);
}
