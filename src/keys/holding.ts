/**
 * Holding: which objects hold which, and where has a field its objects from?
 */
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableObjects } from '../effects/reachable.js';
import type { NodeId, TokenId } from '../effects/solver.js';
import { isPseudo } from '../effects/tokens.js';
import { PROTO, type Ref } from '../ir/ir.js';

interface Held {
  /** By object: what has it in a property. */
  holders: ReadonlyMap<TokenId, ReadonlySet<TokenId>>;
  prototypes: ReadonlySet<TokenId>;
  /** The nodes of all fields. */
  fields: ReadonlySet<NodeId>;
}

export class Holding {
  private held: Held | null = null;
  private readonly reachable = new Map<TokenId, ReadonlySet<TokenId>>();
  private outside: ReadonlySet<TokenId> | null = null;
  private predecessors: ((node: NodeId) => Iterable<NodeId>) | null = null;

  constructor(private readonly program: PointsTo) {}

  /** The objects that have one in a property, in the order in which they were found. */
  holdersOf(id: TokenId): TokenId[] {
    return [...(this.all.holders.get(id) ?? [])].sort((a, b) => a - b);
  }

  /** Whether other objects inherit from it. */
  isPrototype(id: TokenId): boolean {
    return this.all.prototypes.has(id);
  }

  private get all(): Held {
    this.held ??= this.find();
    return this.held;
  }

  private find(): Held {
    const { heap, solver } = this.program;
    const holders = new Map<TokenId, Set<TokenId>>();
    const prototypes = new Set<TokenId>();
    const fields = new Set<NodeId>();
    for (const token of heap.tokens)
      for (const [field, node] of token.fields) {
        fields.add(node);
        if (field === PROTO) for (const id of solver.tokens(node)) prototypes.add(id);
        if (isPseudo(field) || token.kind !== 'object') continue;
        for (const id of solver.tokens(node)) {
          const known = holders.get(id);
          if (known) known.add(token.id);
          else holders.set(id, new Set([token.id]));
        }
      }
    return { holders, prototypes, fields };
  }

  /** All objects that can be reached from one, itself included. */
  reachableFrom(start: TokenId): ReadonlySet<TokenId> {
    let known = this.reachable.get(start);
    if (!known) {
      known = reachableObjects(this.program, start);
      this.reachable.set(start, known);
    }
    return known;
  }

  /** Whether code that is not analysed may have changed an object. */
  isOutside(id: TokenId): boolean {
    this.outside ??= this.findOutside();
    return this.outside.has(id);
  }

  private findOutside(): Set<TokenId> {
    const { heap, instances, solver } = this.program;
    const found = new Set<TokenId>();
    const add = (node: NodeId): void => {
      for (const start of solver.tokens(node)) {
        if (heap.get(start).kind !== 'object' || found.has(start)) continue;
        for (const inner of this.reachableFrom(start)) found.add(inner);
      }
    };
    // What a package was handed it may use whenever it runs.
    for (const { kind, contents } of heap.tokens) if (kind === 'external') add(contents);
    for (const instance of instances.all) {
      for (const { op, externals, args } of instance.calls.values())
        if (externals.size > 0) for (const node of [instance.node(op.base), ...args]) add(node);
      for (const ref of refsInOpaqueCode(instance)) add(instance.node(ref));
    }
    return found;
  }

  /** Whether objects of a kind get to a node from `sources` alone. */
  comesFrom(node: NodeId, id: TokenId, sources: ReadonlySet<NodeId>): boolean {
    return this.before(node, id).every(other => sources.has(other));
  }

  /** The same of a field, to which a built-in may hand on several arguments together. */
  isPutFrom(field: NodeId, id: TokenId, sources: ReadonlySet<NodeId>): boolean {
    return this.before(field, id).every(
      node =>
        sources.has(node) ||
        (!this.all.fields.has(node) && this.before(node, id).length > 0 && this.comesFrom(node, id, sources)),
    );
  }

  /** The nodes from which objects of a kind get to `node`. */
  private before(node: NodeId, id: TokenId): NodeId[] {
    const { solver } = this.program;
    if (!solver.tokens(node).has(id)) return [];
    this.predecessors ??= solver.predecessors();
    return [...this.predecessors(node)].filter(other => solver.tokens(other).has(id));
  }
}

/** The variables that code which is not understood may use. */
function refsInOpaqueCode({ fn }: Instance): Ref[] {
  return fn.blocks.flatMap(({ ops }) => ops.flatMap(op => (op.op === 'opaque' ? op.refs : [])));
}
