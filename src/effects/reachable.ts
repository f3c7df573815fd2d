/** Which objects can be reached from one, itself included, without what can be reached only through functions. */
import { PROTO } from '../ir/ir.js';
import type { PointsTo } from './points-to.js';
import type { TokenId } from './solver.js';

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
