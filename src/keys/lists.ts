/**
 * Lists: by which values of a property does an operation access a list that is searched by it?
 *
 * Two things are told apart: to look for elements with a value, and to add one that has it. Whatever else there is (its length,
 * positions, going through all of it, taking elements out) is an access of the whole.
 */
import type { Access } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import { type CallOp, type Field, NONE } from '../ir/ir.js';
import { type Found, type Frames, NOTHING, union } from './frames.js';
import type { Searches } from './searches.js';

export function keysOfList(
  program: PointsTo,
  searches: Searches,
  frames: Frames,
  { instance, access }: { instance: Instance; access: Access },
  list: TokenId,
): Found | 'whole' {
  const op = instance.opAt(access.op);
  const property = searches.propertyOf(list);
  if (access.isByCaller || access.assumed !== null || property === null) return 'whole';
  if ((op?.op !== 'call' && op?.op !== 'load') || !program.solver.tokens(instance.node(op.base)).has(list))
    return 'whole';
  const search = searches.of(instance, op, access.op);
  if (search?.property === property) return frames.keysOf(search.instance, search.key.ref, search.key.value);
  return op.op === 'call' && isPush(instance, op, access.op)
    ? added(frames, instance, op, property)
    : 'whole';
}

function isPush(instance: Instance, op: CallOp, index: number): boolean {
  const record = instance.calls.get(index);
  if (op.field !== 'push' || op.self !== NONE || op.spread >= 0 || !record) return false;
  return record.models.length > 0 && record.targets.size === 0 && record.externals.size === 0;
}

function added(frames: Frames, instance: Instance, { args }: CallOp, property: Field): Found {
  return args.reduce<Found>(
    (found, arg) => union(found, frames.keysOfField(instance, arg, property)),
    NOTHING,
  );
}
