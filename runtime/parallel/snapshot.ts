/**
 * The arguments of a call that has to wait, as they are when it is made. They may be parts of what the program shares; what that is by the
 * time the call runs must make no difference.
 */
import { restore } from './marks.js';
import { intoOwnRealm } from './realm.js';
import { survey } from './survey.js';
import { tighten } from './tight.js';

/**
 * @param movable the indexes of those whose memory is not used afterwards
 * @returns undefined if they cannot be copied
 */
export function snapshot(args: unknown[], movable: readonly number[]): unknown[] | undefined {
  if (args.every(isValue)) return args;
  const { args: given, moved: copied } = tighten(args);
  const { isClonable, marks, moved } = survey(given, movable);
  if (!isClonable) return undefined;
  try {
    const transfer = [...new Set([...moved, ...copied])];
    const copy = structuredClone({ args: given, marks }, { transfer });
    restore(copy.marks);
    intoOwnRealm(copy.args);
    return copy.args;
  } catch {
    // Some memory cannot be moved.
    return movable.length === 0 ? undefined : snapshot(args, []);
  }
}

/** Whether nobody can change it. */
function isValue(value: unknown): boolean {
  return (
    (typeof value !== 'object' || value === null) && typeof value !== 'function' && typeof value !== 'symbol'
  );
}
