/**
 * Owners: by which keys of its container has a task come by an object that is owned?
 *
 * As `Frames` does with keys, the object is followed backwards from where it is used to all places that it may come from,
 * until each is an entry of the container, or the object that the task itself puts there.
 */
import type { Access, Resource } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { Sharing } from '../effects/sharing.js';
import type { TokenId } from '../effects/solver.js';
import { isPseudo } from '../effects/tokens.js';
import { definitionsOf } from '../ir/definitions.js';
import {
  type CallOp,
  type Field,
  NONE,
  type Op,
  PROTO,
  RETURN_SLOT,
  type Ref,
  refOf,
  slotOf,
  THIS_SLOT,
  upOf,
} from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import { type Found, type Frames, NOTHING, union } from './frames.js';
import type { Holding } from './holding.js';
import { keyOfRead } from './operand.js';
import type { Keeper, Ownership } from './ownership.js';
import { handedBy } from './results.js';
import type { Searches } from './searches.js';

export class Owners {
  private readonly known = new Map<string, Found>();

  constructor(
    private readonly program: PointsTo,
    private readonly sharing: Sharing,
    private readonly holding: Holding,
    private readonly ownership: Ownership,
    private readonly searches: Searches,
    private readonly frames: Frames,
    private readonly reached: ReadonlySet<Instance>,
  ) {}

  /** The keys behind which the object lies that an access means; null if they are not known where the section begins. */
  keysOf(instance: Instance, { op: index, assumed }: Access, { storage }: Resource): Found {
    const op = instance.opAt(index);
    if (!op || assumed !== null || storage.kind !== 'field') return null;
    return this.all(this.touchedBy(instance, op, index), ref => this.within(instance, ref, storage.token));
  }

  /** What an operation takes the objects from that it accesses. */
  private touchedBy(instance: Instance, op: Op, index: number): Ref[] | null {
    switch (op.op) {
      case 'load':
      case 'store':
        return [op.base];
      case 'spread':
        return [op.from];
      case 'return':
        return [op.value];
      case 'call':
        // What is handed to functions of the program is accessed there.
        return instance.calls.get(index)?.models.length === 0 ? [op.base] : [op.base, op.self, ...op.args];
      default:
        return null;
    }
  }

  private all<T>(parts: Iterable<T> | null, keysOf: (part: T) => Found): Found {
    if (parts === null) return null;
    let found: Found = NOTHING;
    for (const part of parts) {
      found = union(found, keysOf(part));
      if (found === null) return null;
    }
    return found;
  }

  private holds(instance: Instance, ref: Ref, id: TokenId): boolean {
    return ref !== NONE && this.program.solver.tokens(instance.node(ref)).has(id);
  }

  /** The keys of all objects of a kind that can be reached from a variable. */
  private within(instance: Instance, ref: Ref, id: TokenId): Found {
    if (ref === NONE) return NOTHING;
    const { solver, heap } = this.program;
    return this.all([...solver.tokens(instance.node(ref))], start => {
      if (start === id) return this.object(instance, ref, id);
      const token = heap.get(start);
      // What others were handed may be any of them.
      if (token.contents >= 0 && solver.tokens(token.contents).has(id)) return null;
      if (token.kind !== 'object' || !this.reaches(start, id)) return NOTHING;
      if (this.isOnlyOwned(start, id)) return this.object(instance, ref, start);
      return this.matching(start, id) ?? this.made(start, id);
    });
  }

  /** The keys of what is in a list of the task's own that a search gives. */
  private matching(list: TokenId, id: TokenId): Found {
    const { heap, solver } = this.program;
    const owner = this.ownership.ownerOf(id);
    const matches = this.searches.matchesIn(list);
    if (matches === null || owner?.is !== 'itself' || this.sharing.tokens.has(list)) return null;
    const { search, instance, sources } = matches;
    if (search.property !== owner.property || !this.reached.has(instance)) return null;
    for (const [field, node] of heap.get(list).fields)
      if (field !== PROTO && solver.tokens(node).has(id) && !this.holding.isPutFrom(node, id, sources))
        return null;
    return this.frames.keysOf(search.instance, search.key.ref, search.key.value);
  }

  /** The keys of what a task's own object has in its fields. */
  private made(start: TokenId, id: TokenId): Found {
    const { parent } = this.program.heap.get(start);
    if (this.sharing.tokens.has(start) || !parent || !this.reached.has(parent)) return null;
    const stores = this.ownership.storesInto(start, other => this.reaches(other, id));
    return this.all(stores, ({ instance, operands }) =>
      operands && this.reached.has(instance) ? this.within(instance, operands.from, id) : null,
    );
  }

  private reaches(start: TokenId, id: TokenId): boolean {
    return this.holding.reachableFrom(start).has(id);
  }

  /** Whether all ways from an object to those of a kind lead from owner to what is owned. */
  private isOnlyOwned(start: TokenId, id: TokenId): boolean {
    const { heap, solver } = this.program;
    for (const holder of this.holding.reachableFrom(start)) {
      if (holder === id || !this.reaches(holder, id)) continue;
      for (const [field, node] of heap.get(holder).fields) {
        if (field === PROTO) continue;
        for (const inner of solver.tokens(node))
          if (this.reaches(inner, id) && (isPseudo(field) || this.ownership.ownerOf(inner)?.id !== holder))
            return false;
      }
    }
    return this.ownership.ownerOf(start) !== null;
  }

  /** The keys of the objects of a kind that a variable holds. */
  private object(instance: Instance, ref: Ref, id: TokenId): Found {
    if (!this.holds(instance, ref, id)) return NOTHING;
    if (upOf(ref) === 0) return this.slot(instance, slotOf(ref), id);
    const owner = instance.ownerOf(ref);
    // A function that others may call as well has the variables of the task that made it.
    if (owner.fn.form === 'module' || !this.reached.has(owner) || this.sharing.activations.has(owner))
      return null;
    return this.slot(owner, slotOf(ref), id);
  }

  private slot(instance: Instance, slot: number, id: TokenId): Found {
    const name = `${instance.slot(slot)} ${id}`;
    const known = this.known.get(name);
    if (known !== undefined) return known;
    // What a recursive function hands to itself is not followed.
    this.known.set(name, null);
    const found = this.find(instance, slot, id);
    this.known.set(name, found);
    return found;
  }

  private find(instance: Instance, slot: number, id: TokenId): Found {
    const { fn } = instance;
    if (fn.form === 'module') return null;
    if (slot === THIS_SLOT) return this.self(instance, id);
    const variable = variableOf(fn, slot);
    if (variable?.isCaptured && variable.isReassigned) return null;
    const parameter = fn.params.indexOf(slot);
    const { all, indices } = definitionsOf(fn);
    const definitions = all.get(slot) ?? [];
    if (parameter < 0 && definitions.length === 0) return null;
    return union(
      parameter < 0 ? NOTHING : this.parameter(instance, parameter, id),
      this.all(definitions, op => this.given(instance, op, indices.get(op) as number, id)),
    );
  }

  private self(instance: Instance, id: TokenId): Found {
    const sites = this.frames.callsOf(instance);
    return this.all(sites, ({ caller, index, op }) => {
      if (op.op !== 'call') return this.object(caller, op.base, id);
      if (op.isNew) return this.given(caller, op, index, id);
      return this.object(caller, op.field === null || op.self !== NONE ? op.self : op.base, id);
    });
  }

  private parameter(instance: Instance, parameter: number, id: TokenId): Found {
    const { fn } = instance;
    // `arguments[0] = x` is an assignment of the parameter in sloppy code.
    if (fn.argumentsSlot >= 0 && fn.isSloppy) return null;
    const search = this.searches.ofPredicate(instance);
    const owner = this.ownership.ownerOf(id);
    if (search && owner?.is === 'itself' && owner.property === search.property)
      return this.frames.keysOf(search.instance, search.key.ref, search.key.value);
    return this.all(this.frames.callsOf(instance), ({ caller, op }) => {
      if (op.op !== 'call' || (op.spread >= 0 && parameter >= op.spread)) return null;
      return this.object(caller, op.args[parameter] ?? NONE, id);
    });
  }

  /** The keys of the objects of a kind that an operation gives. */
  private given(instance: Instance, op: Op, index: number, id: TokenId): Found {
    switch (op.op) {
      case 'copy':
        return this.object(instance, op.from, id);
      case 'closure':
        return NOTHING;
      case 'suspend':
        return op.kind === 'await' ? this.awaited(instance, op.value, id) : null;
      case 'alloc':
      case 'load':
      case 'call':
        break;
      default:
        return null;
    }
    const owner = this.ownership.ownerOf(id);
    if (owner === null) return null;
    switch (this.ownership.given(id, instance, op, index)) {
      case 'nothing':
        return NOTHING;
      case 'new':
        return owner.is === 'itself'
          ? this.frames.keysOfField(instance, op.to, owner.property)
          : this.put(owner);
      case 'old': {
        const found =
          owner.is === 'itself'
            ? this.sought(instance, op, index, id, owner.property)
            : this.ownership.isRead(id, instance, op, index, owner.id) &&
              this.read(instance, op, index, owner);
        if (found) return found;
        return op.op === 'call' ? this.returned(instance, op, index, id, false) : null;
      }
    }
  }

  /** What is found by a property. */
  private sought(instance: Instance, op: Op, index: number, id: TokenId, property: Field): Found {
    const search = this.searches.of(instance, op, index);
    if (search?.property === property)
      return this.frames.keysOf(search.instance, search.key.ref, search.key.value);
    if (op.op !== 'load' && op.op !== 'call') return null;
    for (const list of this.program.solver.tokens(instance.node(op.base)))
      if (this.searches.matchesIn(list) && this.ownership.isRead(id, instance, op, index, list))
        return this.matching(list, id);
    return null;
  }

  /** What the task makes and puts into its owner itself. */
  private put({ is, id, store }: Keeper): Found {
    const { instance, key, base } = store;
    if (!this.reached.has(instance)) return null;
    if (is === 'object') return this.object(instance, base, id);
    return key && this.frames.keysOf(instance, key.ref, key.value);
  }

  /** What is taken out of its owner. */
  private read(instance: Instance, op: Op, index: number, { is, id }: Keeper): Found {
    if (is === 'object') return this.object(instance, (op as CallOp).base, id);
    const key = keyOfRead(instance, op, index);
    return key && this.frames.keysOf(instance, key.ref, key.value);
  }

  private awaited(instance: Instance, ref: Ref, id: TokenId): Found {
    if (ref === NONE || upOf(ref) > 0) return null;
    const { bySlot, indices } = definitionsOf(instance.fn);
    const op = bySlot.get(slotOf(ref));
    return op?.op === 'call' ? this.returned(instance, op, indices.get(op) as number, id, true) : null;
  }

  /** What the functions return that a call runs. */
  private returned(instance: Instance, op: CallOp, index: number, id: TokenId, isAwaited: boolean): Found {
    const record = instance.calls.get(index);
    if (!record || op.isNew || record.externals.size > 0) return null;
    const handed = isAwaited && record.models.length > 0 ? null : handedBy(record);
    const byModels = this.all(handed, what => {
      if (what === 'nothing') return NOTHING;
      if (what === 'receiver') return this.object(instance, op.base, id);
      return what === 'element' ? null : this.object(instance, op.args[what.argument] ?? NONE, id);
    });
    return union(
      byModels,
      this.all(record.targets, target => {
        const { fn } = target;
        if (fn.isGenerator || fn.isAsync !== isAwaited) return null;
        return this.object(target, refOf(0, RETURN_SLOT), id);
      }),
    );
  }
}
