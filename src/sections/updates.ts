/**
 * Updates: which sections may begin by reading, and go on to writing later.
 *
 * Decided when all else is known of a section: what the right is worth depends on the classes as they are held in the
 * end, and those that are held by keys are not held so.
 */
import type { Decision } from '../conflicts/classes.js';
import type { ClassKeys } from '../keys/refine.js';
import type { SectionForm } from './forms.js';

/**
 * Leaves the writes to those sections that may go on to them; all others hold exclusively from the start.
 *
 * A section waits, before its first write, for those who read what it will write, and holds something meanwhile. Two that read
 * what the other one writes would wait for each other. So the right to begin by reading is given to one section after
 * the other, unless it could then wait in a circle of those who have it; who has not never waits while it holds something.
 *
 * Nobody has it in a program with handlers that may call others through code outside: in the middle of their sections such
 * tasks wait for what others hold, and keep what those may be waiting for.
 *
 * Whoever holds single keys has not: a section goes on with all that it holds at once, and the runtime does so with classes.
 * Nor has one whose writes nobody else reads: it would let pass nobody. Nor one whose writes somebody reads who may wait for a stage
 * while it holds something: in order to write, it would wait for whom that one may wait for.
 *
 * @param forms by handler, as are the others
 * @param mayWaitLate the handlers that may wait while they hold something, or are such a wait
 */
export function orderUpdates(
  forms: readonly SectionForm[],
  decisions: readonly Decision[],
  keys: ClassKeys,
  mayWaitLate: ReadonlySet<number>,
): SectionForm[] {
  /** By section: those that may hold what it waits for in order to write. */
  const waitsFor = new Map<number, number[]>();
  const reads = (index: number, id: number): boolean =>
    (decisions[index] as Decision).classes.some(c => c.class === id && !c.write);
  const mayWaitFor = (one: number, other: number): boolean =>
    (decisions[one] as Decision).classes.some(c => c.write && reads(other, c.class));
  const isReadByOthers = (index: number): boolean => decisions.some((_, other) => mayWaitFor(index, other));

  const isReadLate = (index: number): boolean =>
    [...mayWaitLate].some(other => other !== index && mayWaitFor(index, other));

  const isInOrder = (index: number): boolean => {
    const known = [...waitsFor.keys()];
    const next = known.filter(other => mayWaitFor(index, other));
    const reached = new Set(next);
    for (const other of reached) for (const further of waitsFor.get(other) ?? []) reached.add(further);
    const waiting = known.filter(other => mayWaitFor(other, index));
    if (waiting.some(other => reached.has(other))) return false;
    for (const other of waiting) waitsFor.get(other)?.push(index);
    waitsFor.set(index, next);
    return true;
  };

  const waitLate = forms.some(form => form.form === 'whole' && form.mayCallOthers);
  return forms.map((form, index): SectionForm => {
    if (form.form !== 'body' || form.placement.writes.length === 0) return form;
    const isUseful = isReadByOthers(index) && !isReadLate(index);
    if (!waitLate && !holdsKeys(keys[index]) && isUseful && isInOrder(index)) return form;
    return { ...form, placement: { ...form.placement, writes: [] } };
  });
}

function holdsKeys(keys: ClassKeys[number] | undefined): boolean {
  return [...(keys?.values() ?? [])].some(access => access.keys);
}
