/**
 * Instances: functions of the program together with the activation they are analysed for.
 *
 * Most functions have one instance, for all their callers. Factories of functions (a wrapper such as
 * `asyncHandler(fn)`, a router made for a schema) get one for every place that calls them, and constructors
 * and methods one for every object made while modules evaluate, because otherwise all handlers that go through the
 * same wrapper would be one handler, and all repositories of one class one repository. Helpers that hand the name of
 * an event on to an emitter get one for every name, or else whoever publishes anything would run all listeners.
 */
import type { ModuleId, SourceModule } from '../graph/module-graph.js';
import {
  type CallOp,
  type FunctionIR,
  type Literal,
  type ModuleIR,
  NONE,
  type Op,
  type ReactOp,
  type Ref,
  slotOf,
  upOf,
} from '../ir/ir.js';
import type { FunctionModel } from './models/model.js';
import { SmallSet } from './small-set.js';
import { NOWHERE, type NodeId, type Solver, type TokenId } from './solver.js';

/** What one call operation was found to do. */
export interface CallRecord {
  op: CallOp | ReactOp;
  /** Functions of the program that run in the course of it, now or in a reaction. */
  targets: SmallSet<Instance>;
  /** Stages that it calls as units of their own, which are not among `targets` then; null if there are none. */
  stages: SmallSet<Instance> | null;
  /** Those of them that get other arguments than the operation has; null if there are none. */
  rearranged: SmallSet<Instance> | null;
  /** The same as `targets`, of those which a built-in runs any number of times during the call (`forEach`). */
  callbacks: SmallSet<Instance>;
  /** Reactions and continuations: they run in a later segment of the same task. */
  later: SmallSet<Instance>;
  /** Of these, those that settle a promise which somebody waits for: without that, nobody need wait for them. */
  awaited: Set<Instance> | null;
  /** The calls that hand over what settles the promise that this one gives and that nobody gets. */
  settledBy: { instance: Instance; index: number }[] | null;
  /** Modelled functions, with the nodes their places mean here. */
  models: { model: FunctionModel; self: NodeId; args: NodeId[]; result: NodeId }[];
  /** Tokens of code outside the program that may be what is called. */
  externals: SmallSet<TokenId>;
  args: NodeId[];
  /** By argument list: the node that gathers what is handed to the outside. */
  handed: Map<NodeId[], NodeId> | null;
  /** Function objects that the operation itself calls. */
  callees: SmallSet<TokenId>;
}

/** Whether `test` holds for any of the functions of the program that run in the course of a call, whoever calls them and when. */
export function isAnyRunBy(
  { targets, callbacks, later }: CallRecord,
  test: (target: Instance) => boolean,
): boolean {
  return targets.some(test) || callbacks.some(test) || later.some(test);
}

/**
 * Whether what an operation gives settles as its reactions and continuations do: `then`, `pool.transaction(async client => ...)`.
 * To await what `readFile(path, done)` returns is to await nothing.
 */
export function isFollowed({ op, models }: CallRecord): boolean {
  if (op.op === 'react') return true;
  const callbacks = models.flatMap(({ model }) => model.calls ?? []).filter(c => c.when === 'continuation');
  return callbacks.length > 0 && callbacks.every(({ result }) => result?.startsWith('return'));
}

/** The activations around a function, without that of the module. */
export function enclosing(instance: Instance): Instance[] {
  const around: Instance[] = [];
  for (let outer = instance.parent; outer && outer.fn.form !== 'module'; outer = outer.parent)
    around.push(outer);
  return around;
}

/** Where a call comes from. */
export interface Caller {
  instance: Instance;
  opIndex: number;
  /** What is known of the arguments there. */
  literals: readonly Literal[];
}

export interface ModuleInfo {
  source: SourceModule;
  ir: ModuleIR;
}

export class Instance {
  readonly calls = new Map<number, CallRecord>();
  private known: readonly Instance[] | null = null;
  private readonly children = new Map<string, Instance>();
  /** Slots of a module's body that are other modules' variables. */
  aliases: Map<number, NodeId> | null = null;

  constructor(
    readonly id: number,
    readonly fn: FunctionIR,
    readonly module: ModuleInfo,
    readonly parent: Instance | null,
    /** How many call sites its context consists of. */
    readonly depth: number,
    private readonly firstNode: NodeId,
    /** By parameter: the string that it is in this instance. */
    private readonly literals: readonly (string | undefined)[] = [],
  ) {}

  /** The string that an argument is, as seen from here. */
  literalOf(literal: Literal): string | undefined {
    return typeof literal === 'number' ? this.literals[literal] : (literal ?? undefined);
  }

  get moduleId(): ModuleId {
    return this.module.source.id;
  }

  node(ref: Ref): NodeId {
    if (ref === NONE) return NOWHERE;
    let owner: Instance = this;
    for (let up = upOf(ref); up > 0; up--) owner = owner.parent as Instance;
    return owner.slot(slotOf(ref));
  }

  slot(slot: number): NodeId {
    return this.aliases?.get(slot) ?? this.firstNode + slot;
  }

  /** The activation that a reference leads to. */
  ownerOf(ref: Ref): Instance {
    let owner: Instance = this;
    for (let up = upOf(ref); up > 0; up--) owner = owner.parent as Instance;
    return owner;
  }

  child(key: string, make: () => Instance): Instance {
    let child = this.children.get(key);
    if (!child) {
      child = make();
      this.children.set(key, child);
    }
    return child;
  }

  record(opIndex: number, op: CallOp | ReactOp): CallRecord {
    let record = this.calls.get(opIndex);
    if (!record) {
      record = {
        op,
        targets: new SmallSet(),
        stages: null,
        rearranged: null,
        callbacks: new SmallSet(),
        later: new SmallSet(),
        awaited: null,
        settledBy: null,
        models: [],
        externals: new SmallSet(),
        args: [],
        handed: null,
        callees: new SmallSet(),
      };
      this.calls.set(opIndex, record);
    }
    return record;
  }

  /** Adds a function to those in which a task goes on, when the program is solved. @returns whether that is new */
  goesOnIn(record: CallRecord, callback: Instance, isAwaited: boolean): boolean {
    const isNew = !record.later.has(callback);
    if (isNew) {
      // Others may have the same set.
      const later = new SmallSet<Instance>();
      for (const one of record.later) later.add(one);
      later.add(callback);
      record.later = later;
      this.known = null;
    }
    if (!isAwaited || record.awaited?.has(callback)) return isNew;
    record.awaited ??= new Set();
    record.awaited.add(callback);
    return true;
  }

  /** The functions that run in the course of its calls, each once. To be asked for when the program is solved. */
  get runs(): readonly Instance[] {
    if (this.known) return this.known;
    const found = new Set<Instance>();
    for (const set of this.runSets()) for (let i = 0; i < set.size; i++) found.add(set.at(i));
    this.known = [...found];
    return this.known;
  }

  /** The sets that its calls run one of each; in tangled programs, many functions have the very same ones. */
  runSets(): Set<SmallSet<Instance>> {
    const sets = new Set<SmallSet<Instance>>();
    for (const { targets, callbacks, later } of this.calls.values())
      for (const set of [targets, callbacks, later]) if (set.size > 0) sets.add(set);
    return sets;
  }

  /** Makes the functions that a call runs units of their own. To be asked for when the program is solved. */
  separate(record: CallRecord): void {
    if (record.stages !== null) return;
    record.stages = record.targets;
    record.targets = new SmallSet();
    this.known = null;
  }

  /** Makes them a part of what calls them again. */
  merge(record: CallRecord): void {
    if (record.stages === null) return;
    record.targets = record.stages;
    record.stages = null;
    this.known = null;
  }

  /** The operation with this index. */
  opAt(index: number): Op | undefined {
    let rest = index;
    for (const { ops } of this.fn.blocks) {
      if (rest < ops.length) return ops[rest];
      rest -= ops.length;
    }
    return undefined;
  }

  /** Every operation with its index, in the order of the blocks. */
  forEachOp(visit: (op: Op, index: number) => void): void {
    let index = 0;
    for (const block of this.fn.blocks) for (const op of block.ops) visit(op, index++);
  }
}

/**
 * How many contexts one function may have within one activation before all further callers share one: this many, or as
 * large a part of what the program may have, which is one for each of its functions. A server of two hundred routes
 * calls its `asyncHandler` two hundred times, and two that shared a context would be one handler.
 */
const FEW_CONTEXTS = 48;
const MAX_PART = 1 / 3;
/** How deep contexts may nest: a wrapper around a wrapper is told apart, what goes on inside of libraries is not. */
const MAX_DEPTH = 2;
/** A factory longer than this is a module in disguise: one instance serves all callers. */
const MAX_FACTORY_OPS = 120;
/** How many instances there may be for every function of the program before contexts are given up. */
const MAX_GROWTH = 3;

/** A function longer than this does more than hand on the name of an event. */
const MAX_NAMING_OPS = 60;

interface Context {
  key: string;
  depth: number;
  literals: readonly (string | undefined)[];
}

export class Instances {
  readonly all: Instance[] = [];
  private readonly counts = new Map<string, number>();
  private readonly naming = new Map<FunctionIR, readonly number[]>();
  private contextual = 0;
  /** How many contexts the program may have in all. */
  budget = 0;

  constructor(
    private readonly solver: Solver,
    /** Whether methods of that name are told by a string which event they are about. */
    private readonly isByEvent: (method: string) => boolean,
    /** Whether any function is analysed anew for some of its callers. */
    private readonly hasContexts: boolean,
  ) {}

  /** The instance of a module's body. */
  module(info: ModuleInfo): Instance {
    this.budget += info.ir.functions.length * MAX_GROWTH;
    return this.make(info.ir.functions[0] as FunctionIR, info, null, 0, []);
  }

  private make(
    fn: FunctionIR,
    module: ModuleInfo,
    parent: Instance | null,
    depth: number,
    literals: readonly (string | undefined)[],
  ): Instance {
    const firstNode = this.solver.newNodes(fn.slotCount);
    const instance = new Instance(this.all.length, fn, module, parent, depth, firstNode, literals);
    this.all.push(instance);
    return instance;
  }

  /**
   * The instance of `fn`, made in `parent`, for a call from `caller`.
   * @param receiver the object it is called on, if that is one of a kind
   */
  of(
    fn: FunctionIR,
    parent: Instance,
    caller: Caller | 'outside' | null,
    receiver: TokenId | null,
  ): Instance {
    if (caller === 'outside' && callsParameter(fn))
      return parent.child(`${fn.index}@outside`, () =>
        this.make(fn, parent.module, parent, parent.depth, []),
      );
    const context = this.contextOf(fn, parent, caller === 'outside' ? null : caller, receiver);
    if (context === null)
      return parent.child(`${fn.index}`, () => this.make(fn, parent.module, parent, parent.depth, []));
    return parent.child(`${fn.index}@${context.key}`, () =>
      this.make(fn, parent.module, parent, Math.max(context.depth, parent.depth), context.literals),
    );
  }

  private contextOf(
    fn: FunctionIR,
    parent: Instance,
    caller: Caller | null,
    receiver: TokenId | null,
  ): Context | null {
    if (!this.hasContexts) return null;
    const literals = caller ? this.namesHandedOn(fn, caller) : [];
    const names = literals.length > 0 ? `n${JSON.stringify(literals)}` : '';
    const isFactory = fn.isFactory && fn.opCount <= MAX_FACTORY_OPS;
    const context =
      receiver !== null
        ? { key: `o${receiver}${names}`, depth: parent.depth, literals }
        : caller && isFactory
          ? { key: `c${caller.instance.id}.${caller.opIndex}`, depth: caller.instance.depth + 1, literals }
          : names !== ''
            ? { key: names, depth: parent.depth, literals }
            : null;
    if (context === null || context.depth > MAX_DEPTH) return null;
    const group = `${parent.id}:${fn.index}`;
    const name = `${group}@${context.key}`;
    if (this.counts.has(name)) return context;
    const count = this.counts.get(group) ?? 0;
    const most = Math.max(FEW_CONTEXTS, this.budget * MAX_PART);
    if (count >= most || this.contextual >= this.budget) return null;
    this.contextual++;
    this.counts.set(group, count + 1);
    this.counts.set(name, 1);
    return context;
  }

  /** The strings among the arguments that `fn` hands on as names of events; empty if there are none. */
  private namesHandedOn(fn: FunctionIR, { instance, literals }: Caller): readonly (string | undefined)[] {
    const names: (string | undefined)[] = [];
    for (const i of this.namingParameters(fn)) {
      const name = instance.literalOf(literals[i] ?? null);
      if (name !== undefined) names[i] = name;
    }
    return names;
  }

  /** The parameters that a function hands on as names of events. */
  private namingParameters(fn: FunctionIR): readonly number[] {
    const known = this.naming.get(fn);
    if (known) return known;
    const found = new Set<number>();
    if (fn.opCount <= MAX_NAMING_OPS)
      for (const { ops } of fn.blocks)
        for (const op of ops)
          if (op.op === 'call' && op.field !== null && this.isByEvent(op.field))
            for (const literal of op.literals) if (typeof literal === 'number') found.add(literal);
    const isFixed = (i: number): boolean =>
      fn.variables.some(({ slot, isReassigned }) => slot === fn.params[i] && !isReassigned);
    const parameters = [...found].filter(isFixed);
    this.naming.set(fn, parameters);
    return parameters;
  }
}

/** True for functions that call what they are handed. */
const callsParameter = (fn: FunctionIR): boolean =>
  fn.blocks.some(({ ops }) =>
    ops.some(
      op =>
        op.op === 'call' && op.field === null && upOf(op.base) === 0 && fn.params.includes(slotOf(op.base)),
    ),
  );
