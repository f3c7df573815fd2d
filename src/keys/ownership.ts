/**
 * Ownership: which objects can be told apart by the keys of the container that holds them?
 *
 * Objects of one kind are *owned* if each is put into its owner once in its life, and nothing else can have come there. Then
 * each stays behind one key for ever, and two tasks that have come by such objects with different keys have different ones.
 * What is put once into an object that is owned is owned, too.
 *
 * "Once" is seen from where the object is made: on its way to the operation that stores it, from variable to variable and
 * from function to function, it comes nowhere a second time before another one has been made.
 */
import type { CallRecord, Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { NodeId, TokenId } from '../effects/solver.js';
import { isPseudo } from '../effects/tokens.js';
import { definitionsOf } from '../ir/definitions.js';
import {
  type CallOp,
  ELEMENT,
  type Field,
  NONE,
  type Op,
  PROTO,
  RETURN_SLOT,
  type Ref,
  refOf,
  slotOf,
  upOf,
} from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import type { Holding } from './holding.js';
import { keyOfRead } from './operand.js';
import { reachesAgain } from './order.js';
import { handedBy } from './results.js';
import { isFixed, isSameKey } from './same-key.js';
import type { Operands, Store, Stores } from './stores.js';

/** What tells an object apart from others of its kind. */
export type Owner = Keeper | { is: 'itself'; id: TokenId; property: Field };

/** Where an object is kept: a container by its keys, or an object that is owned itself. */
export interface Keeper {
  is: 'container' | 'object';
  id: TokenId;
  /** The one operation that puts the object there. */
  store: PlainStore;
}

/** A store whose operation says what is put where. */
interface PlainStore extends Operands {
  instance: Instance;
  index: number;
}

interface Call {
  caller: Instance;
  index: number;
  record: CallRecord;
}

/** Where the objects of one kind that an operation takes come from, in the function that it belongs to. */
interface Origins {
  /** The operations that make them. */
  makers: Set<number>;
  /** The parameters that they are handed in by. */
  parameters: Set<number>;
}

export class Ownership {
  private readonly owners = new Map<TokenId, Owner | null>();
  private calls: ReadonlyMap<Instance, Call[]> | null = null;

  constructor(
    private readonly program: PointsTo,
    private readonly holding: Holding,
    private readonly stores: Stores,
    /** Whether an object is a container of which tasks may hold keys. */
    private readonly isContainer: (id: TokenId) => boolean,
    /** The property that tells objects of a kind apart, if there is one that never changes. */
    private readonly propertyOf: (id: TokenId) => Field | null,
  ) {}

  ownerOf(id: TokenId): Owner | null {
    const known = this.owners.get(id);
    if (known !== undefined) return known;
    // What holds itself is not owned.
    this.owners.set(id, null);
    const found = this.findOwner(id);
    this.owners.set(id, found);
    return found;
  }

  /** The container whose keys tell such objects apart, or the objects whose property does. */
  containerOf(id: TokenId): TokenId | null {
    const owner = this.ownerOf(id);
    return owner?.is === 'object' ? this.containerOf(owner.id) : (owner?.id ?? null);
  }

  /**
   * The operations that fill an object, with what matters of what they put there.
   *
   * @returns null if something of that may have come there otherwise
   */
  storesInto(holder: TokenId, matters: (id: TokenId) => boolean): readonly Store[] | null {
    const { heap, solver } = this.program;
    const stores = this.stores.into(holder);
    const sources = new Set(stores.map(({ node }) => node));
    for (const [field, node] of heap.get(holder).fields) {
      if (field === PROTO) continue;
      for (const id of solver.tokens(node))
        if (matters(id) && (isPseudo(field) || !this.holding.isPutFrom(node, id, sources))) return null;
    }
    return stores;
  }

  private findOwner(id: TokenId): Owner | null {
    const property = this.propertyOf(id);
    if (property !== null) return { is: 'itself', id, property };
    if (!/^(?:site|new):/.test(this.program.heap.get(id).key)) return null;
    const holders = this.holding.holdersOf(id);
    // What inherits from an object has what it holds, too.
    if ([id, ...holders].some(one => this.holding.isPrototype(one))) return null;
    for (const is of ['container', 'object'] as const)
      for (const holder of holders) {
        if (is === 'container' ? !this.isContainer(holder) : this.containerOf(holder) === null) continue;
        const store = this.onlyStore(id, holder);
        const owner = store && { is, id: holder, store };
        if (owner && this.comesOnce(id, owner, store.instance, store.index, store.from)) return owner;
      }
    return null;
  }

  /** The operation that puts objects of the kind into `holder`, if all that are there come from it. */
  private onlyStore(id: TokenId, holder: TokenId): PlainStore | null {
    if (this.holding.isOutside(holder)) return null;
    const stores = this.stores.into(holder).filter(({ node }) => this.holds(node, id));
    const [store] = stores;
    const source = store ? this.stores.sourceOf(store, id) : null;
    if (!store?.operands || stores.length > 1 || source === null) return null;
    for (const [field, node] of this.program.heap.get(holder).fields)
      if (!isPseudo(field) && !this.holding.isPutFrom(node, id, new Set([source]))) return null;
    return { instance: store.instance, index: store.index, ...store.operands };
  }

  /** Whether no object comes twice to the operation `index`, which takes it from `ref`. */
  private comesOnce(id: TokenId, owner: Keeper, instance: Instance, index: number, ref: Ref): boolean {
    const origins: Origins = { makers: new Set(), parameters: new Set() };
    const { store } = owner;
    if (!this.trace(id, instance, ref, origins, instance === store.instance ? owner : null)) return false;
    const { makers, parameters } = origins;
    if (reachesAgain(instance.fn, index, makers)) return false;
    if (parameters.size === 0) return makers.size > 0;
    const [parameter] = parameters;
    if (makers.size > 0 || parameters.size > 1 || parameter === undefined) return false;
    const call = this.onlyCall(id, instance, parameter);
    if (call === null || call.caller === instance || call.caller === store.instance) return false;
    return this.comesOnce(id, owner, call.caller, call.index, call.ref);
  }

  /** The call that hands objects of the kind to a function, if there is only one. */
  private onlyCall(
    id: TokenId,
    instance: Instance,
    parameter: number,
  ): { caller: Instance; index: number; ref: Ref } | null {
    const { solver } = this.program;
    this.calls ??= this.findCalls();
    const all = (this.calls.get(instance) ?? []).filter(({ record }) =>
      record.args.some(arg => solver.tokens(arg).has(id)),
    );
    const [call] = all;
    if (!call || all.length > 1) return null;
    const { caller, index, record } = call;
    const { op } = record;
    if (op.op !== 'call' || !record.targets.has(instance) || record.rearranged?.has(instance)) return null;
    if (op.spread >= 0 && op.spread <= parameter) return null;
    const ref = op.args[parameter];
    if (ref === undefined || op.args.some((other, i) => i !== parameter && other === ref)) return null;
    const slot = instance.slot(instance.fn.params[parameter] as number);
    return this.holding.comesFrom(slot, id, this.nodesGiven(instance, parameter, caller.node(ref)))
      ? { caller, index, ref }
      : null;
  }

  /** What gives a parameter its values: an argument, and what the function itself assigns. */
  private nodesGiven(instance: Instance, parameter: number, argument: NodeId): Set<NodeId> {
    const own = definitionsOf(instance.fn).all.get(instance.fn.params[parameter] as number) ?? [];
    return new Set([argument, ...own.flatMap(op => (op.op === 'copy' ? [instance.node(op.from)] : []))]);
  }

  private findCalls(): Map<Instance, Call[]> {
    const found = new Map<Instance, Call[]>();
    for (const caller of this.program.instances.all)
      for (const [index, record] of caller.calls)
        for (const target of new Set([...record.targets, ...record.callbacks, ...record.later])) {
          const known = found.get(target);
          if (known) known.push({ caller, index, record });
          else found.set(target, [{ caller, index, record }]);
        }
    return found;
  }

  /**
   * Finds where the objects of the kind in a variable come from.
   *
   * @param owner whose store may put an object back where it was; null if nothing may
   * @returns false if that is not known
   */
  private trace(
    id: TokenId,
    instance: Instance,
    ref: Ref,
    origins: Origins,
    owner: Keeper | null,
    seen = new Set<number>(),
  ): boolean {
    if (ref === NONE || !this.holds(instance.node(ref), id)) return true;
    const { fn } = instance;
    const slot = slotOf(ref);
    if (upOf(ref) > 0 || instance.aliases?.has(slot)) return false;
    if (seen.has(slot)) return true;
    seen.add(slot);
    const variable = variableOf(fn, slot);
    if (variable?.isCaptured && variable.isReassigned) return false;
    const parameter = fn.params.indexOf(slot);
    if (parameter >= 0) {
      if (fn.argumentsSlot >= 0 && fn.isSloppy) return false;
      origins.parameters.add(parameter);
    }
    const { all, indices } = definitionsOf(fn);
    const definitions = all.get(slot) ?? [];
    if (definitions.length === 0 && parameter < 0) return false;
    return definitions.every(op => {
      if (op.op === 'copy') return this.trace(id, instance, op.from, origins, owner, seen);
      const index = indices.get(op) as number;
      const given = this.given(id, instance, op, index);
      if (given === 'new') origins.makers.add(index);
      return given !== 'old' || (owner !== null && this.isPutBack(id, instance, op, index, owner));
    });
  }

  private holds(node: NodeId, id: TokenId): boolean {
    return this.program.solver.tokens(node).has(id);
  }

  /** What an operation gives of the objects of the kind: one that nobody has had each time, or maybe another. */
  given(id: TokenId, instance: Instance, op: Op, index: number): 'nothing' | 'new' | 'old' {
    const { key } = this.program.heap.get(id);
    switch (op.op) {
      case 'alloc':
        return key === `site:${instance.id}.${op.site}` ? 'new' : 'nothing';
      case 'closure':
        return 'nothing';
      case 'load':
        return this.isIn(id, instance.node(op.base), op.field) ? 'old' : 'nothing';
      case 'call':
        return this.givenByCall(id, instance, op, index, key);
      default:
        return 'old';
    }
  }

  private givenByCall(
    id: TokenId,
    instance: Instance,
    op: CallOp,
    index: number,
    key: string,
  ): 'nothing' | 'new' | 'old' {
    const record = instance.calls.get(index);
    if (!record) return 'nothing';
    if (record.externals.size > 0 || !this.areModelsInnocent(id, instance, op, record)) return 'old';
    const targets = [...record.targets].filter(target => this.holds(target.slot(RETURN_SLOT), id));
    if (op.isNew && targets.length === 0)
      return key.startsWith(`new:${instance.id}.${index}:`) ? 'new' : 'nothing';
    if (targets.length === 0) return 'nothing';
    return !op.isNew && targets.every(target => target !== instance && this.returnsNew(id, target))
      ? 'new'
      : 'old';
  }

  /** Whether the modelled functions that a call may run give no objects of the kind. */
  private areModelsInnocent(id: TokenId, instance: Instance, op: CallOp, record: CallRecord): boolean {
    const base = op.base === NONE ? null : instance.node(op.base);
    return (
      handedBy(record)?.every(handed => {
        if (handed === 'nothing') return true;
        if (typeof handed === 'object')
          return !this.holds(instance.node(op.args[handed.argument] ?? NONE), id);
        if (base === null) return false;
        return handed === 'receiver' ? !this.holds(base, id) : !this.isIn(id, base, ELEMENT);
      }) ?? false
    );
  }

  /** Whether a function makes an object of the kind each time that it returns one. */
  private returnsNew(id: TokenId, target: Instance): boolean {
    const { fn } = target;
    const origins: Origins = { makers: new Set(), parameters: new Set() };
    if (fn.isAsync || fn.isGenerator) return false;
    return this.trace(id, target, refOf(0, RETURN_SLOT), origins, null) && origins.parameters.size === 0;
  }

  /** Whether objects of the kind are in a field of what a node holds. */
  private isIn(id: TokenId, base: NodeId, field: Field): boolean {
    const { solver, heap } = this.program;
    for (const holder of solver.tokens(base))
      if (this.holds(this.program.viewOf(heap.get(holder), field), id)) return true;
    return false;
  }

  /** Whether an operation takes an object from where the owner's store puts it. */
  private isPutBack(id: TokenId, instance: Instance, op: Op, index: number, owner: Keeper): boolean {
    const { store } = owner;
    const key = keyOfRead(instance, op, index);
    if (key === null || store.key === null || !this.isRead(id, instance, op, index, owner.id)) return false;
    const base = (op as Extract<Op, { op: 'load' | 'call' }>).base;
    if (owner.is === 'object' && (base !== store.base || !isFixed(instance.fn, base))) return false;
    return isSameKey(instance.fn, key, store.key);
  }

  /** Whether all objects of the kind that an operation gives are out of `holder`. */
  isRead(id: TokenId, instance: Instance, op: Op, index: number, holder: TokenId): boolean {
    if (op.op === 'load')
      return (
        !this.program.mayCallAccessor(op.field) && this.isOnlyIn(id, instance.node(op.base), op.field, holder)
      );
    const record = instance.calls.get(index);
    if (op.op !== 'call' || op.base === NONE || !record || record.externals.size > 0) return false;
    return (
      !record.targets.some(target => this.holds(target.slot(RETURN_SLOT), id)) &&
      handedBy(record)?.every(handed => handed === 'nothing' || handed === 'element') === true &&
      this.isOnlyIn(id, instance.node(op.base), ELEMENT, holder)
    );
  }

  /** Whether of what a node holds nothing but `holder` has objects of the kind in a field. */
  private isOnlyIn(id: TokenId, base: NodeId, field: Field, holder: TokenId): boolean {
    const { solver, heap } = this.program;
    for (const token of solver.tokens(base))
      if (token !== holder && this.holds(this.program.viewOf(heap.get(token), field), id)) return false;
    return true;
  }
}
