/**
 * The proof that a function does the same in another thread, as far as the syntax does not decide it (`slice.ts` does that).
 *
 * Given: whatever runs in the worker is in the slice, in the arguments, or a built-in. To show:
 * 1. It writes nothing that is there before and after it: no argument, no constant, no built-in object.
 * 2. The constants it reads are the same in all threads: their values depend on nothing but the slice, and nobody changes them.
 * 3. What it calls outside of the program does the same in every thread.
 */
import { reachableWithStages } from '../conflicts/footprint.js';
import { prototypeOfBuiltins } from '../effects/extended-builtins.js';
import { type Instance, isAnyRunBy } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import type { ModuleId } from '../graph/module-graph.js';
import { type CallOp, type FunctionIR, type Op, slotOf } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import { isModuleOfAnyThread, isOfAnyThread, isTypeOfConstants, isVarying } from './any-thread.js';
import { type Callee, calleesOf } from './callees.js';
import { objectsIn } from './crossing.js';
import { writesFresh } from './freshness.js';
import {
  type Item,
  nameOfPiece,
  type ParallelFunction,
  type Problem,
  type ProblemCode,
  type Slice,
} from './parallel.js';
import { type Write, Writes } from './writes.js';

export class Prover {
  private readonly writes: Writes;
  private atRunTime: ReadonlySet<Instance> | undefined;

  constructor(private readonly program: PointsTo) {
    this.writes = new Writes(program);
  }

  /** Why the function with this slice is not the same in another thread, as far as that is not seen in the syntax. */
  problemsOf({ fn }: ParallelFunction, slice: Slice): Problem[] {
    const { program, writes } = this;
    this.atRunTime ??= reachableWithStages([...program.roots.values()].flatMap(root => [...root.instances]));
    const roots = program.instances.all.filter(instance => instance.fn === fn);
    return new Proof(program, writes, slice, roots, this.atRunTime).run();
  }
}

class Proof {
  private readonly problems: Problem[] = [];
  private readonly owners: Owners;
  /** All that the function may run. */
  private readonly running: ReadonlySet<Instance>;
  /** All that runs while the constants of the slice are evaluated. */
  private readonly initial: ReadonlySet<Instance>;
  /** The operations of module bodies that evaluate the constants. */
  private readonly evaluating: { instance: Instance; op: Op; index: number; item: Item }[] = [];
  private readonly packages: ReadonlySet<string>;

  constructor(
    private readonly program: PointsTo,
    private readonly writes: Writes,
    private readonly slice: Slice,
    private readonly roots: readonly Instance[],
    private readonly atRunTime: ReadonlySet<Instance>,
  ) {
    this.owners = new Owners(slice);
    this.running = withCallbacks(program, reachableWithStages(roots));
    this.initial = this.findInitial();
    this.packages = new Set(
      slice.modules.flatMap(({ module, links }) =>
        [...links.values()].flatMap(link => {
          const resolution = link.from === 'package' ? module.imports.get(link.request) : undefined;
          return resolution?.kind === 'external' ? [resolution.name] : [];
        }),
      ),
    );
  }

  run(): Problem[] {
    const given = this.arguments();
    const constants = this.constants();
    this.checkKinds(constants);
    for (const instance of this.running) this.checkRunning(instance, given, constants);
    this.checkEvaluation();
    this.checkUnchanged(constants);
    return this.problems;
  }

  /** The constants are evaluated by operations of module bodies, and by what those call. */
  private findInitial(): Set<Instance> {
    const called: Instance[] = [];
    for (const { module, items } of this.slice.modules) {
      const body = this.program.bodies.get(module.id);
      if (!body || items.every(({ piece }) => piece.kind === 'function')) continue;
      body.forEachOp((op, index) => {
        const item = 'at' in op ? this.owners.of(module.id, op.at) : undefined;
        if (!item || item.piece.kind === 'function' || item === this.slice.root) return;
        this.evaluating.push({ instance: body, op, index, item });
        const record = body.calls.get(index);
        if (record) for (const set of [record.targets, record.callbacks, record.later]) called.push(...set);
      });
    }
    return reachableWithStages(called);
  }

  /** What the function is called with, and what its callbacks get of that from built-ins that are not modelled. */
  private arguments(): Set<TokenId> {
    const { program } = this;
    const given = new Set<TokenId>();
    const add = (instance: Instance): void => {
      const { params, rest } = instance.fn;
      for (const slot of rest < 0 ? params : [...params, rest])
        for (const id of objectsIn(program, instance.slot(slot))) given.add(id);
      const list = program.heap.find(`arguments:${instance.id}`);
      if (list)
        for (const node of list.fields.values()) for (const id of objectsIn(program, node)) given.add(id);
    };
    for (const root of this.roots) add(root);
    const callbacks = [...program.roots.values()].flatMap(({ instances }) => [...instances]);
    for (const instance of callbacks)
      if (instance.parent?.fn.form !== 'module' && this.running.has(instance)) add(instance);
    // Parts of what comes from outside are found in its views.
    for (const id of given) {
      const token = program.heap.get(id);
      if (token.kind !== 'input') continue;
      for (const node of token.views.values())
        if (node >= 0)
          for (const part of program.solver.tokens(node))
            if (program.heap.get(part).kind === 'input') given.add(part);
    }
    return given;
  }

  /** The objects of the constants, functions and classes of the slice, by what they belong to. */
  private constants(): Map<TokenId, Item> {
    const { program } = this;
    const found = new Map<TokenId, Item>();
    const follow = (start: TokenId, item: Item): void => {
      const pending = [start];
      for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
        if (found.has(id)) continue;
        const token = program.heap.get(id);
        if (token.kind !== 'object' && token.kind !== 'function') continue;
        found.set(id, item);
        for (const node of token.fields.values()) pending.push(...program.solver.tokens(node));
        for (let around = token.kind === 'function' ? token.parent : null; around; around = around.parent)
          if (around.fn.form !== 'module')
            for (const { slot, isCaptured } of around.fn.variables)
              if (isCaptured) pending.push(...program.solver.tokens(around.slot(slot)));
      }
    };
    for (const { module, items } of this.slice.modules) {
      const body = program.bodies.get(module.id);
      if (!body) continue;
      for (const item of items) {
        if (module.format === 'commonjs') for (const id of exportsOf(program, module.id)) found.set(id, item);
        for (const { name, at } of item.piece.binds) {
          const variable = body.fn.variables.find(v => v.name === name && v.at === at);
          if (variable) for (const id of program.solver.tokens(body.slot(variable.slot))) follow(id, item);
        }
        for (const { index, start, end } of body.module.ir.functions) {
          const token = program.heap.find(`fn:${body.id}.${index}`);
          if (token && start === item.piece.start && end === item.piece.end) follow(token.id, item);
        }
      }
    }
    return found;
  }

  /** A constant of a kind that works on something outside would not be the same. */
  private checkKinds(constants: ReadonlyMap<TokenId, Item>): void {
    for (const [id, { piece, module, via }] of constants) {
      const { kind, type } = this.program.heap.get(id);
      if (kind !== 'object' || isTypeOfConstants(type)) continue;
      const user = via?.item;
      this.problems.push({
        code: 'parallel-constant',
        module: user?.module.id ?? module.id,
        at: via?.at ?? piece.start,
        item: user ?? null,
        what: `\`${nameOfPiece(piece)}\`, which holds a \`${type}\``,
      });
    }
  }

  private checkRunning(
    instance: Instance,
    given: ReadonlySet<TokenId>,
    constants: ReadonlyMap<TokenId, Item>,
  ): void {
    const item = this.owners.of(instance.moduleId, instance.fn.start);
    // What is not in the slice is not there to be run, whatever the call graph holds possible.
    if (!item) return;
    for (const write of this.writes.of(instance)) this.checkWrite(write, item, given, constants);
    instance.forEachOp((op, index) => {
      if (op.op === 'call') this.checkCall(instance, op, index, item, given);
      if (op.op === 'variable') this.checkVariable(instance, op, item);
    });
  }

  private checkWrite(
    { instance, op, token: id }: Write,
    item: Item,
    given: ReadonlySet<TokenId>,
    constants: ReadonlyMap<TokenId, Item>,
  ): void {
    const token = this.program.heap.get(id);
    const isInitial = (other: Instance): boolean => this.initial.has(other);
    if (token.kind === 'builtin' || token.key === 'global')
      this.report('parallel-writes-state', item, op, sharedByThread(token.name));
    else if (constants.has(id) && !writesFresh(this.program, instance, op, isInitial))
      this.report(
        'parallel-writes-state',
        item,
        op,
        `\`${nameOf(constants.get(id) as Item)}\`, of which every thread has its own`,
      );
    else if (given.has(id) && !writesFresh(this.program, instance, op, isInitial))
      this.report('parallel-writes-argument', item, op, 'to one of its arguments');
  }

  /** A variable of a function that ran while constants were evaluated is state of the module. */
  private checkVariable(instance: Instance, op: Extract<Op, { op: 'variable' }>, item: Item): void {
    const owner = instance.ownerOf(op.ref);
    if (owner.fn.form === 'module' || owner === instance || !this.initial.has(owner)) return;
    const name = variableOf(owner.fn, slotOf(op.ref))?.name ?? '';
    if (op.write)
      this.report(
        'parallel-writes-state',
        item,
        op,
        `\`${name}\`, a variable that \`${owner.fn.name}\` has left behind`,
      );
    else
      this.report(
        'parallel-reads-state',
        item,
        op,
        `\`${name}\`, a variable that \`${owner.fn.name}\` has left behind and that is assigned again`,
      );
  }

  private checkCall(
    instance: Instance,
    op: CallOp,
    index: number,
    item: Item,
    given: ReadonlySet<TokenId>,
  ): void {
    for (const callee of calleesOf(this.program, instance, op)) this.checkCallee(callee, op, item, given);
    const record = instance.calls.get(index);
    if (!record) return;
    const added = this.addedToBuiltins;
    if (added.size > 0 && isAnyRunBy(record, ({ fn }) => added.has(fn)))
      this.report(
        'parallel-main-thread',
        item,
        op,
        `\`${calledName(op)}\`, which the program adds to a type of the language`,
      );
    if (record.models.some(({ model }) => model.calls?.some(({ when }) => LATER.has(when))))
      this.report(
        'parallel-main-thread',
        item,
        op,
        `\`${calledName(op)}\`, which calls back when the function has returned`,
      );
  }

  /** Methods that the program adds to prototypes of the language: no worker has them. */
  private get addedToBuiltins(): ReadonlySet<FunctionIR | null> {
    const { program } = this;
    if (!program.extendsBuiltins) return new Set();
    const nodes = [...prototypeOfBuiltins(program).fields.values()];
    return new Set(
      nodes.flatMap(node => [...program.solver.tokens(node)].map(id => program.heap.get(id).fn)),
    );
  }

  private checkCallee(
    { name, token, model }: Callee,
    op: CallOp,
    item: Item,
    given: ReadonlySet<TokenId> | null,
  ): void {
    switch (token.kind) {
      case 'input':
        if (!given?.has(token.id) || model) return;
        if (op.field === null)
          this.report(
            'parallel-unknown-call',
            item,
            op,
            'one of its arguments, but functions do not cross between threads',
          );
        else if (CHANGING.test(op.field))
          this.report('parallel-writes-argument', item, op, 'to one of its arguments');
        return;
      case 'external':
        // A package that the slice does not import is not there to be called.
        if (
          isModuleOfAnyThread(name) ||
          (token.key.startsWith('external:package:') && !this.packages.has(name))
        )
          return;
        this.report(
          'parallel-unknown-call',
          item,
          op,
          `\`${calledName(op) || name}\` of \`${name}\`, which is not known to do the same in every thread`,
        );
        return;
      default:
        if (isOfAnyThread(name, model)) return;
        if (model?.unknown || name === '<unknown>')
          this.report(
            'parallel-unknown-call',
            item,
            op,
            `\`${calledName(op) || name}\`, and what that does is not known`,
          );
        else
          this.report(
            'parallel-main-thread',
            item,
            op,
            `\`${name}\`, which is not known to do the same in every thread`,
          );
    }
  }

  /** The constants must come to the same in every thread. */
  private checkEvaluation(): void {
    for (const { instance, op, index, item } of this.evaluating) {
      if (op.op !== 'call') continue;
      this.checkEvaluated(instance, op, item);
      if (instance.calls.get(index)?.targets.some(({ fn }) => fn.isAsync))
        this.report('parallel-constant', item, op, `\`${nameOf(item)}\`, which waits for a promise`);
    }
    for (const instance of this.initial) {
      const item = this.owners.of(instance.moduleId, instance.fn.start);
      if (!item) continue;
      instance.forEachOp(op => {
        if (op.op === 'call') this.checkEvaluated(instance, op, item);
      });
      for (const { op, token } of this.writes.of(instance)) {
        const { kind, key, name } = this.program.heap.get(token);
        if (kind === 'builtin' || key === 'global')
          this.report('parallel-writes-state', item, op, sharedByThread(name));
      }
    }
  }

  private checkEvaluated(instance: Instance, op: CallOp, item: Item): void {
    for (const callee of calleesOf(this.program, instance, op)) {
      if (isVarying(callee.name, op.args.length))
        this.report(
          'parallel-constant',
          item,
          op,
          `\`${nameOf(item)}\`, but \`${callee.name}\` gives something else in every thread`,
        );
      else this.checkCallee(callee, op, item, null);
    }
  }

  /** Nobody may change a constant: in the worker it stays what it was when it was evaluated. */
  private checkUnchanged(constants: ReadonlyMap<TokenId, Item>): void {
    if (constants.size === 0) return;
    const elsewhere = this.findElsewhere();
    const isInitial = (instance: Instance): boolean => this.initial.has(instance);
    const evaluating = new Set(this.evaluating.map(({ op }) => op));
    const reported = new Set<Item>();
    for (const { instance, op, token } of this.writes.all()) {
      const item = constants.get(token);
      if (!item || reported.has(item) || evaluating.has(op)) continue;
      if (this.isOwnExport(instance, token, item)) continue;
      if (isInitial(instance) && !elsewhere.has(instance)) continue;
      if (writesFresh(this.program, instance, op, isInitial)) continue;
      // That has been reported as a write of the function itself.
      if (this.running.has(instance) && this.owners.of(instance.moduleId, instance.fn.start)) continue;
      reported.add(item);
      this.problems.push({
        code: 'parallel-reads-state',
        module: instance.moduleId,
        at: 'at' in op ? op.at : instance.fn.start,
        item,
        what: `\`${nameOf(item)}\`, but it is changed here`,
      });
    }
  }

  /** A module exports what it declares: that changes no constant. */
  private isOwnExport(instance: Instance, token: TokenId, { module }: Item): boolean {
    return instance === this.program.bodies.get(module.id) && exportsOf(this.program, module.id).has(token);
  }

  /** All that runs otherwise than for the constants of the slice: for handlers, and for the rest of the modules. */
  private findElsewhere(): Set<Instance> {
    const evaluating = new Set(this.evaluating.map(({ op }) => op));
    const started: Instance[] = [];
    for (const body of this.program.bodies.values())
      for (const { op, targets, callbacks, later } of body.calls.values())
        if (!evaluating.has(op)) started.push(...targets, ...callbacks, ...later);
    const found = reachableWithStages(started);
    for (const instance of this.atRunTime) found.add(instance);
    for (const body of this.program.bodies.values()) found.add(body);
    return found;
  }

  private report(code: ProblemCode, item: Item, op: Op, what: string): void {
    const at = 'at' in op ? op.at : item.piece.start;
    this.problems.push({ code, module: item.module.id, at, item, what });
  }
}

/** Which item of a slice something in a module belongs to. */
class Owners {
  private readonly items = new Map<ModuleId, readonly Item[]>();

  constructor(slice: Slice) {
    for (const { module, items } of slice.modules) this.items.set(module.id, items);
  }

  of(module: ModuleId, at: number): Item | undefined {
    return this.items.get(module)?.find(({ piece }) => piece.start <= at && at < piece.end);
  }
}

/** The objects by which others get what a CommonJS module exports. */
function exportsOf({ heap, solver }: PointsTo, module: ModuleId): ReadonlySet<TokenId> {
  const exports = heap.find(`module:${module}`)?.fields.get('exports');
  const objects = exports === undefined ? [] : [...solver.tokens(exports)];
  return new Set(objects.filter(id => heap.get(id).kind === 'object'));
}

/** Functions that are made by those that run, and handed to what is not modelled, run as well. */
function withCallbacks(program: PointsTo, running: Set<Instance>): Set<Instance> {
  const roots = [...program.roots.values()].flatMap(({ instances }) => [...instances]);
  for (let before = -1; before !== running.size; ) {
    before = running.size;
    for (const instance of roots)
      if (!running.has(instance) && instance.parent && running.has(instance.parent))
        for (const each of reachableWithStages([instance])) running.add(each);
  }
  return running;
}

const LATER: ReadonlySet<string> = new Set(['timer', 'listener', 'route']);

/** Methods by which lists, maps, buffers and dates are changed. */
const CHANGING =
  /^(add|append|clear|copyWithin|delete|fill|pop|push|reverse|set|set[A-Z].*|shift|sort|splice|swap\d+|unshift|write|write[A-Z].*)$/;

const sharedByThread = (name: string): string => `\`${name}\`, an object that all code of the thread shares`;

const nameOf = ({ piece }: Item): string => nameOfPiece(piece);

const calledName = ({ field, hint }: CallOp): string => field ?? hint;
