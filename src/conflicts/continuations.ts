/**
 * Continuations: which callbacks, handed to code that may call them at any time, are the rest of the task that hands them over?
 *
 * Such a callback is a handler of its own, as it may be called when the task is long over. But what a task has read before
 * it hands a callback over, and writes in it, it means to do in one, as it would with an `await` in between. So the callback
 * counts for both, where there is a reason to take it for the rest of the task:
 *
 * - it settles a promise that was made around it: `new Promise(resolve => bus.once('ready', () => resolve(...)))`;
 * - it is called soon and once (a timer is set for a second at most, and nobody keeps it), or by code without a model, and uses a value
 *   that was read from what it writes; or it answers, calling what a function around it was called with, and that has read what it writes:
 *   `if (stock > 0) setTimeout(() => { stock--; res.end(); }, 5)`;
 * - it is called by code without a model, and its first parameter says that it is told once of success or failure.
 *
 * Names tell what is a listener and no continuation, whatever it uses: `on`, `subscribe`, `use`. For the whole life of a
 * connection nobody can wait.
 */
import type { Node } from '@babel/types';
import type { Accesses, ResourceId } from '../effects/accesses.js';
import { type CallRecord, enclosing, type Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableFrom } from '../effects/reachable.js';
import { promiseOf } from '../effects/settlers.js';
import type { TokenId } from '../effects/solver.js';
import { childrenOf, consumerOf, isDropped, isFunction, namesIn, nodesAround } from '../graph/syntax.js';
import type { CallOp, FunctionIR, Variable } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import { longestDelay } from './delays.js';
import { callersOf } from './footprint.js';

/** Adds to every call what continues the task there. */
export function linkContinuations(program: PointsTo, accesses: Accesses): void {
  new Continuations(program, accesses).link();
}

/** What is handed to a function of one of these names is called again and again, or for as long as something lives. */
const REGISTERS =
  /^(?:on|once|off|use|add|remove|prepend|register|subscribe|unsubscribe|watch|observe|listen|handle|route|every|schedule|process|intercept|hook|pre|post|plugin|mount)(?![a-z])/;

/** What a callback is called with that is told once how something went. */
const FAILURE = /^_?(?:e|er|err|error|exception|failure|\w+(?:Err|Error))$/;

/** For how many milliseconds a task goes on waiting for its timer. Whoever sets one for longer means to do something else meanwhile. */
const LONGEST_DELAY = 1000;

/** How many objects deep callbacks are looked for in what is handed over: `{ on: { success: f } }`. */
const MAX_NESTING = 2;

/** A callback that one call hands over. */
interface Handed {
  by: Instance;
  index: number;
  record: CallRecord;
  callback: Instance;
  /** Whether whoever gets it may call it as the rest of the task. */
  mayContinue: boolean;
}

/** What a callback runs, and what it accesses in doing so. */
interface Reached {
  instances: ReadonlySet<Instance>;
  touches: boolean;
  written: ReadonlySet<ResourceId>;
}

class Continuations {
  private readonly soon: ReadonlySet<unknown>;
  private readonly timeouts: ReadonlySet<unknown>;
  private readonly reached = new Map<Instance, Reached>();
  private callers: Map<Instance, Instance[]> | null = null;
  /** Functions that make promises and hand on what settles them. */
  private readonly promising = new Set<Instance>();
  /** By promise: the calls that hand over what settles it. */
  private readonly settledBy = new Map<TokenId, { instance: Instance; index: number }[]>();

  constructor(
    private readonly program: PointsTo,
    private readonly accesses: Accesses,
  ) {
    const modelled = (paths: string[]) => new Set(paths.flatMap(path => program.models.get(path) ?? []));
    this.soon = modelled(['setImmediate', 'queueMicrotask', 'Process#nextTick', 'node:timers.setImmediate']);
    this.timeouts = modelled(['setTimeout', 'node:timers.setTimeout']);
    for (const token of program.heap.tokens) {
      const maker = promiseOf(program.heap, token)?.parent;
      if (maker) this.promising.add(maker);
    }
  }

  /** What goes on in a callback within a callback goes on in the outer one, too: so this repeats until nothing is new. */
  link(): void {
    const handed = [...this.allHanded()];
    for (let isNew = true; isNew; ) {
      isNew = false;
      for (const each of handed) if (this.linkCallback(each)) isNew = true;
      this.reached.clear();
      this.callers = null;
    }
    if (this.settledBy.size > 0) for (const instance of this.program.instances.all) this.follow(instance);
  }

  /** Notes which calls give promises that callbacks settle, and that nobody gets. */
  private follow(instance: Instance): void {
    for (const record of instance.calls.values()) {
      const { op } = record;
      if (op.op !== 'call' || op.join !== 'none') continue;
      for (const id of this.program.solver.tokens(instance.node(op.to))) {
        const calls = this.settledBy.get(id);
        // What is kept, or runs a race, is awaited somewhere, or given up.
        if (calls && isDropped(nodesAround(instance.module.source.ast, op.at, op.end)))
          record.settledBy = [...(record.settledBy ?? []), ...calls];
      }
    }
  }

  /** All callbacks that are handed to calls which may call them later. */
  private *allHanded(): Iterable<Handed> {
    for (const instance of this.program.instances.all) {
      if (instance.fn.form === 'module') continue;
      for (const [index, record] of instance.calls) {
        const { op } = record;
        if (op.op !== 'call' || !callsLater(record)) continue;
        const mayContinue = this.mayContinue(instance, record, op);
        for (const id of this.handedBy(instance, op))
          for (const callback of this.program.roots.get(id)?.instances ?? [])
            yield { by: instance, index, record, callback, mayContinue };
      }
    }
  }

  private linkCallback({ by, index, record, callback, mayContinue }: Handed): boolean {
    const promises = this.settledIn(callback);
    const isAwaited = promises.size > 0;
    if (!isAwaited && !(mayContinue && this.continues(record, callback))) return false;
    if (!this.reachedBy(callback).touches || !by.goesOnIn(record, callback, isAwaited)) return false;
    for (const id of promises)
      this.settledBy.set(id, [...(this.settledBy.get(id) ?? []), { instance: by, index }]);
    return true;
  }

  private continues(record: CallRecord, callback: Instance): boolean {
    const isTold = record.externals.size > 0 && tellsFailure(callback.fn);
    const { written } = this.reachedBy(callback);
    return isTold || this.usesStale(callback, written) || this.answers(callback, written);
  }

  private mayContinue(by: Instance, { externals, models }: CallRecord, op: CallOp): boolean {
    if (externals.size > 0) return op.field === null || !REGISTERS.test(op.field);
    if (models.some(({ model }) => this.soon.has(model))) return true;
    if (!models.some(({ model }) => this.timeouts.has(model))) return false;
    return longestDelay(by, op) <= LONGEST_DELAY && !isKept(by, op);
  }

  /** The functions among what a call hands over, alone or in objects that are made for it. */
  private handedBy(instance: Instance, { args }: CallOp): Set<TokenId> {
    const { heap, solver, roots } = this.program;
    const found = new Set<TokenId>();
    const look = (node: number, depth: number): void => {
      for (const id of solver.tokens(node)) {
        const token = heap.get(id);
        if (roots.has(id)) found.add(id);
        else if (depth > 0 && token.kind === 'object' && token.parent === instance)
          for (const inner of token.fields.values()) look(inner, depth - 1);
      }
    };
    for (const arg of args) look(instance.node(arg), MAX_NESTING);
    return found;
  }

  private reachedBy(callback: Instance): Reached {
    const known = this.reached.get(callback);
    if (known) return known;
    const instances = reachableFrom([callback]);
    const written = new Set<ResourceId>();
    let touches = false;
    for (const instance of instances)
      for (const { resource, write } of this.accesses.of.get(instance) ?? []) {
        touches = true;
        if (write) written.add(resource);
      }
    const reached = { instances, touches, written };
    this.reached.set(callback, reached);
    return reached;
  }

  /** The promises that were made around it and that it settles, itself or by handing on what does. */
  private settledIn(callback: Instance): Set<TokenId> {
    const { heap, solver } = this.program;
    const promises = new Set<TokenId>();
    const around = new Set(enclosing(callback).filter(outer => this.promising.has(outer)));
    if (around.size === 0) return promises;
    const look = (node: number): void => {
      for (const id of solver.tokens(node)) {
        const promise = promiseOf(heap, heap.get(id));
        if (promise?.parent && around.has(promise.parent)) promises.add(promise.id);
      }
    };
    for (const instance of this.reachedBy(callback).instances)
      for (const { op } of instance.calls.values()) {
        if (op.op !== 'call') continue;
        if (op.field === null) look(instance.node(op.base));
        for (const arg of op.args) look(instance.node(arg));
      }
    return promises;
  }

  /** Whether it uses a variable of the code around it that was read from something that it writes. */
  private usesStale(callback: Instance, written: ReadonlySet<ResourceId>): boolean {
    if (written.size === 0) return false;
    let names: Set<string> | null = null;
    for (const around of enclosing(callback))
      for (const variable of around.fn.variables) {
        if (!this.isRead(around, variable, written)) continue;
        names ??= namesOf(callback);
        if (names.has(variable.name)) return true;
      }
    return false;
  }

  /** Whether it calls, or hands on, what a function around it was called with that reads some of what it writes itself. */
  private answers(callback: Instance, written: ReadonlySet<ResourceId>): boolean {
    if (written.size === 0) return false;
    let used: Set<string> | null = null;
    for (const around of enclosing(callback)) {
      if (!this.reads(around, written, place => !isCount(around, place))) continue;
      used ??= calledNames(callback);
      if (parameterNames(around).some(name => used?.has(name))) return true;
    }
    return false;
  }

  /** Whether the variable has got a value that was read from one of the resources. */
  private isRead(
    around: Instance,
    { slot, init, at, isReassigned }: Variable,
    resources: ReadonlySet<ResourceId>,
  ): boolean {
    if (around.fn.params.includes(slot)) return this.isReadByCallers(around, resources);
    // A destructured variable has no expression of its own: its value is read where its name stands.
    const isWithin = (place: number): boolean =>
      isReassigned || (init ? init.start <= place && place < init.end : place === at);
    if (this.reads(around, resources, isWithin)) return true;
    for (const record of around.calls.values())
      if (isWithin(record.op.at))
        for (const target of reachableFrom([...record.targets, ...record.callbacks, ...record.later]))
          if (this.reads(target, resources, () => true)) return true;
    return false;
  }

  private reads(
    instance: Instance,
    resources: ReadonlySet<ResourceId>,
    isWithin: (place: number) => boolean,
  ): boolean {
    return (this.accesses.of.get(instance) ?? []).some(
      ({ resource, write, at, assumed }) =>
        !write && assumed === null && resources.has(resource) && isWithin(at),
    );
  }

  /** Whether someone who calls the function, however indirectly, reads one of the resources. */
  private isReadByCallers(instance: Instance, resources: ReadonlySet<ResourceId>): boolean {
    this.callers ??= callersOf(this.program.instances.all);
    const seen = new Set<Instance>(this.callers.get(instance) ?? []);
    for (const caller of seen) {
      if (this.reads(caller, resources, () => true)) return true;
      for (const next of this.callers.get(caller) ?? []) seen.add(next);
    }
    return false;
  }
}

/** Whether somebody may call later what is handed to the call. */
const callsLater = ({ externals, models }: CallRecord): boolean =>
  externals.size > 0 ||
  models.some(({ model }) => model.calls?.some(({ when }) => when === 'timer' || when === 'listener'));

/** Whether somebody keeps what the call gives: a timer that is kept may be cleared. */
function isKept({ module }: Instance, { at, end }: CallOp): boolean {
  const around = nodesAround(module.source.ast, at, end);
  const consumer = consumerOf(around)?.type;
  return !isDropped(around) && consumer !== 'ReturnStatement' && consumer !== 'ArrowFunctionExpression';
}

function tellsFailure(fn: FunctionIR): boolean {
  const [first] = fn.params;
  // With four, it is what frameworks call when a handler has failed.
  if (first === undefined || fn.params.length > 3) return false;
  return FAILURE.test(variableOf(fn, first)?.name ?? '');
}

/** Whether what is read there only counts: `active += 1;`, `active--;`. Nothing depends on it. */
function isCount({ module }: Instance, place: number): boolean {
  const around = nodesAround(module.source.ast, place, place + 1);
  const isUpdate = ({ type }: Node): boolean =>
    type === 'UpdateExpression' || type === 'AssignmentExpression';
  const index = around.findLastIndex(isUpdate);
  const update = around[index];
  if (update?.type === 'AssignmentExpression' && (update.left.end ?? 0) <= place) return false;
  return update !== undefined && consumerOf(around.slice(0, index + 1))?.type === 'ExpressionStatement';
}

/** The names that a function uses, itself or in functions inside, and does not declare at its top. */
const namesOf = (instance: Instance): Set<string> => outerNames(instance, namesIn);

/** Those of them that it calls, or methods of which, or that it hands to a call. */
const calledNames = (instance: Instance): Set<string> => outerNames(instance, namesCalledIn);

function outerNames(instance: Instance, namesIn: (node: Node) => string[]): Set<string> {
  const names = new Set(childrenOf(nodeOf(instance)).flatMap(namesIn));
  for (const { name } of instance.fn.variables) names.delete(name);
  return names;
}

function parameterNames(instance: Instance): string[] {
  const node = nodeOf(instance);
  return isFunction(node) ? node.params.flatMap(namesIn) : [];
}

const nodeOf = ({ fn, module }: Instance): Node =>
  nodesAround(module.source.ast, fn.start, fn.end).at(-1) as Node;

function namesCalledIn(node: Node): string[] {
  const inner = childrenOf(node).flatMap(namesCalledIn);
  if (node.type !== 'CallExpression' && node.type !== 'OptionalCallExpression') return inner;
  const { callee } = node;
  const isMember = callee.type === 'MemberExpression' || callee.type === 'OptionalMemberExpression';
  const own = [isMember ? callee.object : callee, ...node.arguments];
  return [...inner, ...own.flatMap(part => (part.type === 'Identifier' ? [part.name] : []))];
}
