interface Series {
  count: number;
  total: number;
  slowest: number;
}

const counters = new Map<string, number>();
const series = new Map<string, Series>();

export function count(name: string, by = 1) {
  counters.set(name, (counters.get(name) ?? 0) + by);
}

export function observe(name: string, value: number) {
  let known = series.get(name);
  if (!known) {
    known = { count: 0, total: 0, slowest: 0 };
    series.set(name, known);
  }
  known.count++;
  known.total += value;
  known.slowest = Math.max(known.slowest, value);
}

/** Times an asynchronous piece of work, whether it succeeds or not. */
export async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } catch (error) {
    count(`${name}.failed`);
    throw error;
  } finally {
    observe(name, performance.now() - startedAt);
  }
}

export function snapshot() {
  return {
    counters: Object.fromEntries(counters),
    series: [...series].map(([name, { count: times, total, slowest }]) => ({
      name,
      times,
      mean: total / times,
      slowest,
    })),
  };
}
