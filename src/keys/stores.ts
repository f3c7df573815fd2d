/**
 * Stores: which operations put something into an object, and what do they put there?
 *
 * Those that can be told from the operation alone: assignments, and built-ins that take what they keep as an argument
 * (`map.set(key, value)`, `list.push(value)`); and literals of an entry, `[key, value]`, which a container is made of.
 */
import type { CallRecord, Instance } from '../effects/instances.js';
import type { FunctionModel } from '../effects/models/model.js';
import { isPlace, parsePlace } from '../effects/models/places.js';
import type { PointsTo } from '../effects/points-to.js';
import { NOWHERE, type NodeId, type TokenId } from '../effects/solver.js';
import { type CallOp, ELEMENT, ITERATED, KEY, NONE, type Op, type Ref } from '../ir/ir.js';
import type { Changes } from './changes.js';
import type { Holding } from './holding.js';
import type { Operand } from './operand.js';

export interface Store {
  instance: Instance;
  /** Of the operation in its function. */
  index: number;
  /** What is put there. */
  node: NodeId;
  /** Null if the operation does not say so itself: it calls the built-in in a roundabout way. */
  operands: Operands | null;
  /** Whether it is put there as a key. */
  isKey: boolean;
  /** The `[key, value]` that the operation fills, if a container is made of such entries. */
  entry: TokenId | null;
}

export interface Operands {
  /** The object that something is put into. */
  base: Ref;
  from: Ref;
  /** Where it is put; null if it is not said. */
  key: Operand | null;
}

export class Stores {
  private byObject: Map<TokenId, Store[]> | null = null;
  /** What is put into something that is not known. */
  private readonly anywhere: Store[] = [];

  constructor(
    private readonly program: PointsTo,
    private readonly holding: Holding,
    private readonly changes: Changes,
  ) {}

  into(object: TokenId): readonly Store[] {
    this.byObject ??= this.find();
    const own = this.byObject.get(object) ?? [];
    return this.anywhere.length === 0 ? own : [...own, ...this.anywhere];
  }

  /** What objects of a kind get to the container from that a store puts there; null if the entry may have others, or another key. */
  sourceOf({ node, entry }: Store, id: TokenId): NodeId | null {
    if (entry === null) return node;
    const { heap } = this.program;
    const token = heap.get(entry);
    const field = heap.field(token, '1');
    const view = this.program.viewOf(token, '1');
    const isOnly =
      this.holding.isPutFrom(field, id, new Set([node])) &&
      this.holding.isPutFrom(view, id, new Set([field]));
    return isOnly && !this.changes.mayEverChange(new Set([entry]), '0') ? view : null;
  }

  private find(): Map<TokenId, Store[]> {
    const { program } = this;
    const found = new Map<TokenId, Store[]>();
    const add = (holders: NodeId, store: Store): void => {
      for (const id of program.solver.tokens(holders)) {
        const known = found.get(id);
        if (known) known.push(store);
        else found.set(id, [store]);
      }
    };
    for (const instance of program.instances.all)
      instance.forEachOp((op, index) => {
        if (op.op === 'store' && op.from !== NONE) {
          const operands = { base: op.base, from: op.from, key: keyOfStore(instance, op) };
          add(instance.node(op.base), {
            instance,
            index,
            node: instance.node(op.from),
            operands,
            isKey: false,
            entry: null,
          });
        } else if (op.op === 'call')
          for (const call of instance.calls.get(index)?.models ?? [])
            this.addFlows(instance, op, index, call, add);
      });
    return found;
  }

  private addFlows(
    instance: Instance,
    op: CallOp,
    index: number,
    { model, self, args, result }: CallRecord['models'][number],
    add: (holders: NodeId, store: Store) => void,
  ): void {
    for (const [from, to] of model.flows ?? []) {
      if (!isPlace(from)) continue;
      const source = parsePlace(from);
      if (typeof source.root !== 'number') continue;
      if (to === 'return[]' && source.steps.join() === `${ITERATED},1`) {
        for (const store of this.entriesIn(args[source.root] ?? NOWHERE)) add(result, store);
      }
      if (source.steps.length > 0) continue;
      const target = parsePlace(to);
      const first = source.root;
      args.slice(first, source.andAfter ? undefined : first + 1).forEach((node, i) => {
        const store = {
          instance,
          index,
          node,
          operands: null,
          isKey: target.steps.includes(KEY),
          entry: null,
        };
        if (target.steps.length > 1) this.anywhere.push(store);
        else if (target.root === 'this')
          add(self, { ...store, operands: operandsOf(instance, op, first + i, node, model) });
        else if (target.root === 'return') add(result, store);
        else if (typeof target.root === 'number') add(args[target.root] ?? NOWHERE, store);
      });
    }
  }
  /** The literals of entries among what iterating over something gives, as far as they put objects there. */
  private entriesIn(list: NodeId): Store[] {
    const { heap, solver } = this.program;
    const found: Store[] = [];
    for (const holder of solver.tokens(list))
      for (const entry of solver.tokens(this.program.viewOf(heap.get(holder), ITERATED))) {
        const store = this.entry(entry);
        if (store) found.push(store);
      }
    return found;
  }

  private entry(entry: TokenId): Store | null {
    const { key, type, parent } = this.program.heap.get(entry);
    if (type !== 'Array' || !parent) return null;
    const { blocks } = parent.fn;
    const ops = blocks.flatMap(block => block.ops);
    const made = ops.find(op => op.op === 'alloc' && key === `site:${parent.id}.${op.site}`);
    if (made?.op !== 'alloc') return null;
    const stores = ops.flatMap(op => (op.op === 'store' && op.base === made.to ? [op] : []));
    const value = stores.find(({ field }) => field === '1');
    if (!value || stores.some(({ field }) => field === ELEMENT)) return null;
    const from = stores.find(({ field }) => field === '0');
    return {
      instance: parent,
      index: ops.indexOf(value),
      node: parent.node(value.from),
      operands: { base: value.base, from: value.from, key: from ? { ref: from.from, value: null } : null },
      isKey: false,
      entry,
    };
  }
}

function keyOfStore({ fn }: Instance, op: Extract<Op, { op: 'store' }>): Operand {
  const value = fn.values.get(op)?.[0] ?? null;
  return { ref: NONE, value: op.field === ELEMENT ? value : { is: 'constant', value: op.field } };
}

/** What a method of a container is called with, if it is called as such. */
function operandsOf(
  instance: Instance,
  op: CallOp,
  argument: number,
  node: NodeId,
  { key }: FunctionModel,
): Operands | null {
  const from = op.args[argument] ?? NONE;
  const at = key === undefined ? null : Number(key.slice('arg'.length));
  const isSpread = op.spread >= 0 && Math.max(argument, at ?? 0) >= op.spread;
  if (op.base === NONE || op.field === null || op.self !== NONE || isSpread || instance.node(from) !== node)
    return null;
  if (at === null) return { base: op.base, from, key: null };
  return {
    base: op.base,
    from,
    key: { ref: op.args[at] ?? NONE, value: instance.fn.values.get(op)?.[at] ?? null },
  };
}
