/**
 * The order in which classes are taken late: by stages that are called while something is held already, and by sections that
 * take something in a later step.
 *
 * A task that waits holding nothing can be in no deadlock: whoever waits late goes before it. So it is enough that late waits
 * form no circle. All that a stage takes, it takes in one step, and so is each later step of a section; the classes of such a step count as one, and whoever holds
 * one of them must not wait for another. If these, each with what is taken while it is held, can be put in an order, then
 * whoever waits late waits for tasks that, if they wait late at all, wait for something that comes later in it, or for those
 * that came earlier to the same.
 */

/** Classes by index: those that are held, and those that are taken meanwhile, in one step. */
export interface LateStep {
  held: readonly number[];
  taken: readonly number[];
}

/** Whether no tasks that take such steps can wait for each other in a circle. */
export function isInOrder(steps: readonly LateStep[]): boolean {
  const leader = new Map<number, number>();
  const find = (id: number): number => {
    let root = id;
    for (let next = leader.get(root); next !== undefined && next !== root; next = leader.get(root))
      root = next;
    return root;
  };
  for (const { taken } of steps) {
    const [first, ...rest] = taken;
    for (const id of rest) leader.set(find(id), find(first as number));
  }
  const after = new Map<number, Set<number>>();
  for (const { held, taken } of steps)
    for (const id of held) {
      const from = find(id);
      const later = after.get(from) ?? new Set();
      for (const other of taken) later.add(find(other));
      after.set(from, later);
    }
  return [...after.keys()].every(start => {
    const reached = new Set(after.get(start));
    for (const id of reached) for (const next of after.get(id) ?? []) reached.add(next);
    return !reached.has(start);
  });
}
