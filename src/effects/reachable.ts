/** Which objects can be reached from one, itself included, without what can be reached only through functions. */
import { PROTO } from '../ir/ir.js';
import type { PointsTo } from './points-to.js';
import type { TokenId } from './solver.js';

export function reachableObjects({ heap, solver }: PointsTo, start: TokenId): Set<TokenId> {
  const seen = new Set<TokenId>([start]);
  for (const id of seen) {
    const token = heap.get(id);
    if (token.kind !== 'object') continue;
    for (const [field, node] of token.fields)
      if (field !== PROTO) for (const inner of solver.tokens(node)) seen.add(inner);
  }
  return seen;
}
