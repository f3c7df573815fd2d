/**
 * Indexes: which maps have each object under what it has in a property that never changes?
 *
 * `users.set(user.id, user)` and `new Map(list.map(user => [user.id, user]))`: what is found there by a key is what a search by
 * the property would find.
 */
import type { PointsTo } from '../effects/points-to.js';
import type { NodeId, TokenId } from '../effects/solver.js';
import { definitionsOf } from '../ir/definitions.js';
import {
  ELEMENT,
  type Field,
  type FunctionIR,
  firstOperations,
  type Op,
  type Ref,
  slotOf,
  upOf,
} from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import type { Holding } from './holding.js';
import type { Store, Stores } from './stores.js';

export class Indexes {
  private readonly known = new Map<TokenId, Field | null>();

  constructor(
    private readonly program: PointsTo,
    private readonly holding: Holding,
    private readonly stores: Stores,
  ) {}

  /** The property that is the key of all objects in a container; null if it is no such container. */
  propertyOf(id: TokenId): Field | null {
    let known = this.known.get(id);
    if (known === undefined) {
      known = this.find(id);
      this.known.set(id, known);
    }
    return known;
  }

  private find(id: TokenId): Field | null {
    const { heap, solver } = this.program;
    const { type, fields } = heap.get(id);
    if (type !== 'Map' || this.holding.isOutside(id)) return null;
    const stores = this.stores.into(id).filter(({ node, isKey }) => !isKey && solver.tokens(node).size > 0);
    const properties = new Set(stores.map(store => propertyThatIsKey(store)));
    const [property] = properties;
    if (properties.size !== 1 || !property) return null;
    const field = fields.get(ELEMENT);
    if (field === undefined) return null;
    for (const object of solver.tokens(field)) {
      const own = stores.filter(({ node }) => solver.tokens(node).has(object));
      const sources = own.map(store => this.stores.sourceOf(store, object));
      if (sources.includes(null) || !this.holding.isPutFrom(field, object, new Set(sources as NodeId[])))
        return null;
    }
    return property;
  }
}

/** The property of what is stored that it is stored under. */
function propertyThatIsKey({ instance, index, operands }: Store): Field | null {
  const { fn } = instance;
  if (!operands?.key || operands.key.ref < 0) return null;
  const origin = originOf(fn, operands.key.ref);
  if (origin?.op !== 'load' || origin.base !== operands.from || upOf(origin.base) > 0) return null;
  if (variableOf(fn, slotOf(origin.base))?.isReassigned) return null;
  return isOneTurn(fn, origin, index, slotOf(origin.base)) ? origin.field : null;
}

/** What gives a slot its value, which a constant may have had in between. */
function originOf(fn: FunctionIR, ref: Ref): Op | undefined {
  const { bySlot } = definitionsOf(fn);
  const definition = (of: Ref): Op | undefined =>
    upOf(of) > 0 || variableOf(fn, slotOf(of))?.isReassigned ? undefined : bySlot.get(slotOf(of));
  const op = definition(ref);
  return op?.op === 'copy' ? definition(op.from) : op;
}

/** Whether an operation is followed by another one in the same block, and a slot keeps its value between them. */
function isOneTurn(fn: FunctionIR, first: Op, index: number, slot: number): boolean {
  const { all, indices } = definitionsOf(fn);
  const start = indices.get(first) ?? Number.POSITIVE_INFINITY;
  const block = firstOperations(fn.blocks).findLast(from => from <= index) ?? 0;
  return (
    block <= start &&
    start < index &&
    (all.get(slot) ?? []).every(op => {
      const at = indices.get(op) as number;
      return at < start || at > index;
    })
  );
}
