/** Orders by one key after another: what makes every list of the plan come out the same on every machine. */

type Key = string | number;

/** A comparison by the given keys, the first first; strings by code unit, never by locale. */
export function byKeys<T>(...keys: ((value: T) => Key)[]): (a: T, b: T) => number {
  return (a, b) => {
    for (const key of keys) {
      const left = key(a);
      const right = key(b);
      if (left < right) return -1;
      if (left > right) return 1;
    }
    return 0;
  };
}
