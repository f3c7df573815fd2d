/**
 * Waits: where does a task wait for what only another task can bring?
 *
 * A long poll, a reply that is matched to its request, a queue that is empty, an event that the program emits. What settles
 * the promise is kept where other tasks find it, and whoever does may need what the waiting task holds. So that gives it up
 * meanwhile, as a monitor's `wait` does.
 *
 * What settles it is kept if it is in a variable of a module, in an object that tasks share, or among the listeners of an
 * emitter on which the program emits the event; or if a function is that calls it and was made where it could be seen. A promise
 * that timers or code outside alone settle is no such wait, and neither is one of whose settling nothing is known.
 *
 * Nothing of the task's own may go on meanwhile, as that would not be protected: a call of an async function is no such wait
 * (the `await` in it is), and nothing is given up in tasks that start work beside what follows.
 */
import type { CallRecord, Instance } from '../effects/instances.js';
import type { FunctionModel } from '../effects/models/model.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableFrom } from '../effects/reachable.js';
import { isSettler, settlerOf } from '../effects/settlers.js';
import type { Sharing } from '../effects/sharing.js';
import type { NodeId, TokenId } from '../effects/solver.js';
import { isPseudo, type Token } from '../effects/tokens.js';
import { definitionsOf } from '../ir/definitions.js';
import { ELEMENT, type Field, NONE, type Op, RETURN_SLOT, type Ref, slotOf, upOf } from '../ir/ir.js';
import type { Conflicts } from './classes.js';

export interface Wait {
  /** Where what settles the promise is kept. */
  keeper: string;
  /** What runs when it has settled, before the `await` is over. */
  reactions: readonly Instance[];
}

/** By function, by index of the `await`. */
export type Waits = ReadonlyMap<Instance, ReadonlyMap<number, Wait>>;

export function findWaits(program: PointsTo, sharing: Sharing): Waits {
  return new Search(program, sharing).find();
}

/** The waits of tasks that hold something and do nothing else meanwhile which accesses that. */
export function waitsInSections(waits: Waits, { decisions, footprints, segments }: Conflicts): Waits {
  const inSections = new Set<Instance>();
  const busy = new Set<Instance>();
  const { floating, floatingCallbacks, continuing, awaited } = segments;
  for (const { protection, reached } of decisions) {
    if (protection !== 'section') continue;
    const all = [...reached];
    const isBusy = all.some(one =>
      [floating, floatingCallbacks, continuing, awaited].some(operations => operations.has(one)),
    );
    for (const instance of all) if (waits.has(instance)) (isBusy ? busy : inSections).add(instance);
  }
  const accesses = (functions: Iterable<Instance>): boolean =>
    [...reachableFrom(functions)].some(instance => footprints.operationsOf(instance, false).size > 0);
  const found = new Map<Instance, Map<number, Wait>>();
  for (const [instance, own] of waits) {
    if (!inSections.has(instance) || busy.has(instance)) continue;
    const quiet = [...own].filter(([, { reactions }]) => !accesses(reactions));
    if (quiet.length > 0) found.set(instance, new Map(quiet));
  }
  return found;
}

/** Promises of several, of which some other task may have to settle one. */
const COMBINATORS = ['all', 'allSettled', 'any', 'race'].map(name => `Promise.${name}`);
const LISTENERS = /^<listeners(?: (.*))?>$/;

class Search {
  /** By what is kept: the name of where. */
  private readonly kept = new Map<TokenId, string>();
  /** By what settles a promise: the functions that call it, made where they see it. */
  private readonly callers = new Map<TokenId, Set<Instance>>();
  private readonly combinators: ReadonlySet<FunctionModel | undefined>;
  private readonly emit: FunctionModel | undefined;
  private readonly once: FunctionModel | undefined;
  /** By emitter: the events that the program emits on it; null stands for any. */
  private readonly emitted = new Map<TokenId, Set<string | null>>();
  private usesOnce = false;
  /** Promises that a function hands on which has suspended before, or may: nobody else knows when it is over. */
  private readonly late = new Set<TokenId>();

  constructor(
    private readonly program: PointsTo,
    private readonly sharing: Sharing,
  ) {
    const { models } = program;
    this.combinators = new Set(COMBINATORS.map(path => models.get(path)));
    this.emit = models.get('EventEmitter#emit');
    this.once = models.get('node:events.once');
  }

  find(): Waits {
    const found = new Map<Instance, Map<number, Wait>>();
    this.lookAtCalls();
    if (!this.usesOnce && !this.program.heap.tokens.some(isSettler)) return found;
    this.lookAtStorage();
    this.lookAtResults();
    for (const instance of this.program.instances.all)
      instance.forEachOp((op, index) => {
        if (op.op !== 'suspend' || op.kind !== 'await' || op.end < 0 || op.value === NONE) return;
        const wait = this.waitFor(instance, op.value);
        if (wait === null) return;
        const own = found.get(instance);
        if (own) own.set(index, wait);
        else found.set(instance, new Map([[index, wait]]));
      });
    return found;
  }

  private lookAtCalls(): void {
    const { heap, solver, instances } = this.program;
    for (const instance of instances.all)
      for (const record of instance.calls.values()) {
        const { op, models } = record;
        if (op.op !== 'call') continue;
        for (const { model, self } of models) {
          if (model === this.once) this.usesOnce = true;
          if (model !== this.emit) continue;
          const event = instance.literalOf(op.literals[0] ?? null) ?? null;
          for (const id of solver.tokens(self)) noteIn(this.emitted, id, event);
        }
        if (op.field !== null || op.base === NONE || upOf(op.base) === 0) continue;
        for (const id of solver.tokens(instance.node(op.base)))
          if (isSettler(heap.get(id))) noteIn(this.callers, id, instance);
      }
  }

  private lookAtStorage(): void {
    const { heap, solver, bodies } = this.program;
    const keep = (node: NodeId, name: () => string): void => {
      for (const id of solver.tokens(node)) {
        const token = heap.get(id);
        if ((isSettler(token) || token.kind === 'function') && !this.kept.has(id)) this.kept.set(id, name());
      }
    };
    for (const body of bodies.values())
      for (const { slot, name } of body.fn.variables) keep(body.slot(slot), () => name);
    for (const token of heap.tokens) {
      if (token.kind !== 'object' || !this.sharing.tokens.has(token.id)) continue;
      for (const [field, node] of token.fields) {
        const isKeeping = isPseudo(field) ? this.mayEmit(token.id, LISTENERS.exec(field)) : true;
        if (isKeeping)
          keep(node, () => (isUnnamed(field) ? this.nameOf(token) : `${this.nameOf(token)}.${field}`));
      }
    }
  }

  /** What an object is called, or, where the code around gives it no name, what holds it. */
  private nameOf(token: Token): string {
    const { heap, solver, bodies } = this.program;
    let named = token;
    for (let depth = 0; depth < 3 && /^(?:array|object)$/.test(named.name); depth++) {
      const { id } = named;
      for (const body of bodies.values())
        for (const { slot, name } of body.fn.variables)
          if (solver.tokens(body.slot(slot)).has(id)) return name;
      const holds = ({ kind, fields, id: other }: Token): boolean =>
        kind === 'object' &&
        other !== id &&
        this.sharing.tokens.has(other) &&
        [...fields].some(([field, node]) => !isPseudo(field) && solver.tokens(node).has(id));
      const holder = heap.tokens.find(holds);
      if (!holder) break;
      named = holder;
    }
    return named.name;
  }

  private lookAtResults(): void {
    const { heap, solver, instances } = this.program;
    for (const instance of instances.all)
      if (suspends(instance))
        for (const id of solver.tokens(instance.slot(RETURN_SLOT)))
          if (heap.get(id).type === 'Promise') this.late.add(id);
  }

  /** Whether the program emits the event of these listeners, or may. */
  private mayEmit(emitter: TokenId, listeners: RegExpExecArray | null): boolean {
    const names = listeners && this.emitted.get(emitter);
    const [, name] = listeners ?? [];
    return !!names && (name === undefined || names.has(name) || names.has(null));
  }

  /** The wait that an `await` of what a variable holds is, if it is one. */
  private waitFor(instance: Instance, ref: Ref): Wait | null {
    const { all, indices } = definitionsOf(instance.fn);
    const definitions = upOf(ref) > 0 ? undefined : all.get(slotOf(ref));
    // From somewhere else: a parameter, a variable of a function around.
    if (!definitions) return this.waitForAny(instance.node(ref));
    for (const op of definitions) {
      const wait = this.waitForResult(instance, op, indices.get(op) as number);
      if (wait) return wait;
    }
    return null;
  }

  private waitForResult(instance: Instance, op: Op, index: number): Wait | null {
    switch (op.op) {
      case 'copy':
        return this.waitFor(instance, op.from);
      case 'load':
        return this.waitForAny(instance.node(op.to));
      case 'react': {
        const wait = this.waitFor(instance, op.base);
        const { targets, callbacks, later } = instance.calls.get(index) ?? {};
        return (
          wait && {
            ...wait,
            reactions: [...wait.reactions, ...(targets ?? []), ...(callbacks ?? []), ...(later ?? [])],
          }
        );
      }
      case 'call': {
        const record = instance.calls.get(index);
        if (!record) return null;
        const keeper =
          this.keeperOfEvent(instance, record) ??
          this.keeperOfOne(record) ??
          this.keeperAmong(instance.node(op.to), promise =>
            this.isHandedOnAtOnce(record, promise, new Set()),
          );
        return keeper === null ? null : { keeper, reactions: [] };
      }
      default:
        return null;
    }
  }

  private waitForAny(node: NodeId): Wait | null {
    const keeper = this.keeperAmong(node, promise => !this.late.has(promise));
    return keeper === null ? null : { keeper, reactions: [] };
  }

  private keeperAmong(node: NodeId, isMeant: (promise: TokenId) => boolean): string | null {
    const { solver, heap } = this.program;
    for (const id of solver.tokens(node)) {
      const keeper = this.keeperOfPromise(heap.get(id));
      if (keeper !== null && isMeant(id)) return keeper;
    }
    return null;
  }

  /** Whether no function that hands on a promise goes on with something of its own afterwards. */
  private isHandedOnAtOnce({ targets }: CallRecord, promise: TokenId, seen: Set<Instance>): boolean {
    const { solver } = this.program;
    return [...targets].every(target => {
      if (seen.has(target) || !solver.tokens(target.slot(RETURN_SLOT)).has(promise)) return true;
      seen.add(target);
      if (suspends(target)) return false;
      return [...target.calls.values()].every(
        record =>
          record.op.to === NONE ||
          !solver.tokens(target.node(record.op.to)).has(promise) ||
          this.isHandedOnAtOnce(record, promise, seen),
      );
    });
  }

  private keeperOfEvent(instance: Instance, { op, models }: CallRecord): string | null {
    const { solver, heap } = this.program;
    if (op.op !== 'call') return null;
    const event = instance.literalOf(op.literals[1] ?? null);
    for (const { model, args } of models) {
      const [emitter] = args;
      if (model !== this.once || model === undefined || emitter === undefined) continue;
      for (const id of solver.tokens(emitter)) {
        const names = this.sharing.tokens.has(id) ? this.emitted.get(id) : undefined;
        if (names && (event === undefined || names.has(event) || names.has(null))) return heap.get(id).name;
      }
    }
    return null;
  }

  private keeperOfOne({ models }: CallRecord): string | null {
    const { program } = this;
    for (const { model, args } of models) {
      const [list] = args;
      if (!this.combinators.has(model) || list === undefined) continue;
      for (const id of program.solver.tokens(list)) {
        const wait = this.waitForAny(program.viewOf(program.heap.get(id), ELEMENT));
        if (wait) return wait.keeper;
      }
    }
    return null;
  }

  private keeperOfPromise(promise: Token): string | null {
    if (promise.type !== 'Promise') return null;
    const settler = settlerOf(this.program.heap, promise);
    if (!settler) return null;
    const direct = this.kept.get(settler.id);
    if (direct !== undefined) return direct;
    for (const caller of this.callers.get(settler.id) ?? []) {
      const closure = caller.parent && this.program.heap.find(`fn:${caller.parent.id}.${caller.fn.index}`);
      const keeper = closure && this.kept.get(closure.id);
      if (keeper !== undefined && keeper !== null) return keeper;
    }
    return null;
  }
}

const suspends = ({ fn }: Instance): boolean =>
  fn.isAsync && fn.blocks.some(({ ops }) => ops.some(({ op }) => op === 'suspend'));

const isUnnamed = (field: Field): boolean => field === ELEMENT || isPseudo(field);

function noteIn<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const known = sets.get(key);
  if (known) known.add(value);
  else sets.set(key, new Set([value]));
}
