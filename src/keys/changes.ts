/**
 * Changes: may a property have another value at the access than it had when the section began?
 *
 * What a handler was called with is its own, but it may change that itself. Objects that other tasks can see may be
 * changed by any of them.
 */
import type { Accesses } from '../effects/accesses.js';
import type { CallRecord, Instance } from '../effects/instances.js';
import { parsePlace } from '../effects/models/places.js';
import type { PointsTo } from '../effects/points-to.js';
import type { NodeId, TokenId, TokenSet } from '../effects/solver.js';
import { ELEMENT, type Field } from '../ir/ir.js';

/** A write of one field, or of any, to any of some objects. */
interface Change {
  tokens: TokenSet;
  /** Null: any of them. */
  field: Field | null;
  /** Of whatever can be reached from them, too. */
  isDeep: boolean;
}

/** What the whole program changes. */
interface Ever {
  /** By object: the fields; null stands for any. */
  ofToken: Map<TokenId, Set<Field | null>>;
  /** What handlers are called with, of which code outside has a part. */
  inputs: ReadonlySet<NodeId>;
}

export class Changes {
  private readonly ofInstance = new Map<Instance, Change[]>();
  private readonly reachable = new Map<TokenSet, ReadonlySet<TokenId>>();
  /** By object, the fields that some task writes. */
  private readonly conflicting = new Map<TokenId, Set<Field>>();
  private ever: Ever | null = null;

  constructor(
    private readonly program: PointsTo,
    accesses: Accesses,
    isConflicting: (resource: number) => boolean,
  ) {
    for (const { id, storage } of accesses.resources) {
      if (storage.kind !== 'field' || !isConflicting(id)) continue;
      const fields = this.conflicting.get(storage.token);
      if (fields) fields.add(storage.field);
      else this.conflicting.set(storage.token, new Set([storage.field]));
    }
  }

  /** Whether any code of the program may write the field, once the object has been made. */
  mayEverChange(tokens: TokenSet, field: Field): boolean {
    if (this.mayConflict(tokens, field)) return true;
    this.ever ??= this.findEver();
    const { ofToken, inputs } = this.ever;
    const { heap } = this.program;
    for (const id of tokens) {
      const fields = ofToken.get(id);
      if (fields && (fields.has(null) || fields.has(field) || fields.has(ELEMENT))) return true;
      if (heap.get(id).kind === 'input' && inputs.has(heap.get(id).contents)) return true;
    }
    return false;
  }

  /** All changes of the program by object: it is asked of very many objects, and each would look through all code. */
  private findEver(): Ever {
    const ofToken: Ever['ofToken'] = new Map();
    const inputs = new Set<NodeId>();
    const { heap, instances } = this.program;
    for (const instance of instances.all)
      for (const { tokens, field, isDeep } of this.changesIn(instance))
        for (const id of isDeep ? this.reachableFrom(tokens) : tokens) {
          const fields = ofToken.get(id);
          if (fields) fields.add(field);
          else ofToken.set(id, new Set([field]));
          if (isDeep && heap.get(id).kind === 'input') inputs.add(heap.get(id).contents);
        }
    return { ofToken, inputs };
  }

  private mayConflict(tokens: TokenSet, field: Field): boolean {
    for (const id of tokens) {
      const fields = this.conflicting.get(id);
      if (fields && (fields.has(field) || fields.has(ELEMENT))) return true;
    }
    return false;
  }

  /** Whether code in `instances`, or any task if others can see the object, may write the field. */
  mayChange(tokens: TokenSet, field: Field, instances: Iterable<Instance>): boolean {
    if (this.mayConflict(tokens, field)) return true;
    for (const instance of instances)
      for (const change of this.changesIn(instance)) {
        if (change.field !== null && change.field !== field && change.field !== ELEMENT) continue;
        if (this.meet(tokens, change)) return true;
      }
    return false;
  }

  private meet(tokens: TokenSet, { tokens: changed, isDeep }: Change): boolean {
    const all = isDeep ? this.reachableFrom(changed) : changed;
    for (const id of tokens) if (all.has(id)) return true;
    if (!isDeep) return false;
    // Whoever has a part of what a handler was called with may come by the rest of it.
    const { heap } = this.program;
    const inputs = new Set<number>();
    for (const id of all) if (heap.get(id).kind === 'input') inputs.add(heap.get(id).contents);
    for (const id of tokens)
      if (heap.get(id).kind === 'input' && inputs.has(heap.get(id).contents)) return true;
    return false;
  }

  private reachableFrom(tokens: TokenSet): ReadonlySet<TokenId> {
    const known = this.reachable.get(tokens);
    if (known) return known;
    const { heap, solver } = this.program;
    const seen = new Set<TokenId>(tokens);
    for (const id of seen) {
      if (heap.get(id).kind !== 'object') continue;
      for (const node of heap.get(id).fields.values())
        for (const inner of solver.tokens(node)) seen.add(inner);
    }
    this.reachable.set(tokens, seen);
    return seen;
  }

  private changesIn(instance: Instance): Change[] {
    const known = this.ofInstance.get(instance);
    if (known) return known;
    const { solver } = this.program;
    const changes: Change[] = [];
    instance.forEachOp((op, index) => {
      if ((op.op === 'store' && !op.init) || op.op === 'accessor')
        changes.push({ tokens: solver.tokens(instance.node(op.base)), field: op.field, isDeep: false });
      const record = instance.calls.get(index);
      if (record) changes.push(...this.changesBy(instance, record));
    });
    this.ofInstance.set(instance, changes);
    return changes;
  }

  /** What code outside may change in the course of a call. */
  private changesBy(instance: Instance, { op, args, models, externals }: CallRecord): Change[] {
    const { solver } = this.program;
    const changes: Change[] = [];
    const note = (node: NodeId, isDeep: boolean): void => {
      changes.push({ tokens: solver.tokens(node), field: null, isDeep });
    };
    for (const { model, self, args: own } of models)
      for (const place of model.writes ?? []) {
        if (place.startsWith('@')) continue;
        const { root, andAfter, steps, deep } = parsePlace(place);
        const isDeep = deep || steps.length > 1;
        if (root === 'this') note(self, isDeep);
        else if (typeof root === 'number')
          for (const arg of own.slice(root, andAfter ? undefined : root + 1)) note(arg, isDeep);
      }
    if (externals.size > 0) for (const node of [instance.node(op.base), ...args]) note(node, true);
    return changes;
  }
}
