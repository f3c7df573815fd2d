/** What can be reached: objects from an object, functions from functions that call them. */
import { PROTO } from '../ir/ir.js';
import type { Instance } from './instances.js';
import type { PointsTo } from './points-to.js';
import type { SmallSet } from './small-set.js';
import type { TokenId } from './solver.js';

/** From one, itself included, without what can be reached only through functions. */
export function reachableObjects({ heap, solver }: PointsTo, start: TokenId): Set<TokenId> {
  const seen = new Set<TokenId>([start]);
  for (const id of seen) {
    const token = heap.get(id);
    // What can be reached from a part of the tangle is a part of it.
    if (token.kind !== 'object' || token.isTangled) continue;
    for (const [field, node] of token.fields)
      if (field !== PROTO) for (const inner of solver.tokens(node)) seen.add(inner);
  }
  return seen;
}

/** Every function instance that a task starting with `roots` may run. */
export function reachableFrom(roots: Iterable<Instance>): Set<Instance> {
  const reached = new Set(roots);
  const seen = new Set<SmallSet<Instance>>();
  for (const instance of reached)
    for (const set of instance.runSets()) {
      if (seen.has(set)) continue;
      seen.add(set);
      for (let i = 0; i < set.size; i++) reached.add(set.at(i));
    }
  return reached;
}
