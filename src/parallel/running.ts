/**
 * What runs in a worker may write only what it makes itself, and call outside of the program only what does the same in every thread.
 */
import { prototypeOfBuiltins } from '../effects/extended-builtins.js';
import { type Instance, isAnyRunBy } from '../effects/instances.js';
import type { NodeId, TokenId } from '../effects/solver.js';
import type { Token } from '../effects/tokens.js';
import { definitionsOf } from '../ir/definitions.js';
import { type CallOp, ELEMENT, type Field, type FunctionIR, NONE, type Op, slotOf } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import { calleesOf } from './callees.js';
import { Checks, calledName, sharedByThread } from './checks.js';
import { isFresh, writesFresh } from './freshness.js';
import { type Item, nameOfPiece } from './parallel.js';
import { goingOn } from './patterns.js';
import type { Write } from './writes.js';

export class RunningChecks extends Checks {
  run(): void {
    const { running, given, constants } = this.facts;
    for (const instance of running) this.checkRunning(instance, given, constants);
    this.checkPrototypes();
  }

  private checkRunning(
    instance: Instance,
    given: ReadonlySet<TokenId>,
    constants: ReadonlyMap<TokenId, Item>,
  ): void {
    const item = this.facts.owners.of(instance.moduleId, instance.fn.start);
    // What is not in the slice is not there to be run, whatever the call graph holds possible.
    if (!item) return;
    // What is called without being known is judged where it is called.
    for (const write of this.writes.of(instance))
      if (!write.isAssumed) this.checkWrite(write, item, given, constants);
    instance.forEachOp((op, index) => {
      if (op.op === 'call') this.checkCall(instance, op, index, item, given, constants);
      if (op.op === 'variable') this.checkVariable(instance, op, item);
      if (op.op === 'load') this.checkLoad(instance, op, item);
    });
  }

  private checkWrite(
    { instance, op, token: id }: Write,
    item: Item,
    given: ReadonlySet<TokenId>,
    constants: ReadonlyMap<TokenId, Item>,
  ): void {
    const token = this.facts.program.heap.get(id);
    const isInitial = (other: Instance): boolean => this.facts.initial.has(other);
    if (token.kind === 'builtin' || token.key === 'global' || token === this.prototypes)
      this.report('parallel-writes-state', item, op, sharedByThread(token.name));
    else if (constants.has(id) && !writesFresh(this.facts.program, instance, op, isInitial))
      this.report(
        'parallel-writes-state',
        item,
        op,
        `\`${nameOf(constants.get(id) as Item)}\`, of which every thread has its own`,
      );
    else if (given.has(id) && !writesFresh(this.facts.program, instance, op, isInitial))
      this.report('parallel-writes-argument', item, op, 'to one of its arguments');
  }

  /** A variable of a function that ran while constants were evaluated is state of the module. */
  private checkVariable(instance: Instance, op: Extract<Op, { op: 'variable' }>, item: Item): void {
    const owner = instance.ownerOf(op.ref);
    if (owner.fn.form === 'module' || owner === instance || !this.facts.initial.has(owner)) return;
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
    constants: ReadonlyMap<TokenId, Item>,
  ): void {
    const isInitial = (other: Instance): boolean => this.facts.initial.has(other);
    const isOwn = op.field !== null && isFresh(this.facts.program, instance, op.base, isInitial);
    // What the function has just made is no argument, whatever it is taken to hold.
    for (const callee of calleesOf(this.facts.program, instance, op))
      if (!isOwn || callee.token.kind !== 'input') this.checkCallee(callee, op, item, given);
    this.checkName(instance, op, item, given, constants);
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

  /** Names by which one comes to what the proof does not follow. */
  private checkName(
    instance: Instance,
    op: CallOp,
    item: Item,
    given: ReadonlySet<TokenId>,
    constants: ReadonlyMap<TokenId, Item>,
  ): void {
    const { solver, heap } = this.facts.program;
    const { base, field } = op;
    for (const id of goingOn(this.facts.program, instance, op)) {
      const owner = constants.get(id);
      if (owner)
        this.report(
          'parallel-constant',
          item,
          op,
          `\`${nameOf(owner)}\`, a regular expression that remembers where it has stopped`,
        );
    }
    if (field === ELEMENT && base !== NONE)
      for (const id of solver.tokens(instance.node(base))) {
        const { kind, type } = heap.get(id);
        const isPlain = kind === 'function' || (kind === 'object' && type === 'Object');
        if ((given.has(id) || constants.has(id)) && !isPlain)
          this.report('parallel-unknown-call', item, op, 'a method by a computed name, which may be any');
      }
    if (field === 'constructor' && instance.calls.get(this.indexOf(instance, op))?.targets.size === 0)
      this.report('parallel-unknown-call', item, op, '`constructor`, by which code in strings can be run');
    if (base !== NONE) this.checkReplaced(instance.node(base), field, item, op);
  }

  private indexOf({ fn }: Instance, op: Op): number {
    return definitionsOf(fn).indices.get(op) ?? -1;
  }

  private checkLoad(instance: Instance, op: Extract<Op, { op: 'load' }>, item: Item): void {
    const { solver, heap } = this.facts.program;
    const { base, field } = op;
    if (field === '__proto__')
      this.report(
        'parallel-writes-state',
        item,
        op,
        '`__proto__`, by which all code of the thread can be reached',
      );
    const held = base === NONE ? [] : [...solver.tokens(instance.node(base))].map(id => heap.get(id));
    if (field === 'constructor' && held.every(({ kind }) => kind !== 'object' && kind !== 'input'))
      this.report('parallel-unknown-call', item, op, '`constructor`, by which code in strings can be run');
    if (base !== NONE) this.checkReplaced(instance.node(base), field, item, op);
  }

  /** What the program puts in the place of something built-in is not there in a worker. */
  private checkReplaced(base: NodeId, field: Field | null, item: Item, op: Op): void {
    const { solver, heap } = this.facts.program;
    if (field === null) return;
    for (const id of solver.tokens(base)) {
      const { kind, name, fields } = heap.get(id);
      const own = kind === 'builtin' ? fields.get(field) : undefined;
      if (own !== undefined && this.isWritten(own))
        this.report(
          'parallel-main-thread',
          item,
          op,
          `\`${name}.${field}\`, which the program replaces or adds`,
        );
    }
  }

  private isWritten(field: NodeId): boolean {
    return [...this.facts.program.solver.tokens(field)].some(
      id => this.facts.program.heap.get(id).kind !== 'builtin',
    );
  }

  /** What stands for the prototypes of the language, if the program touches any. */
  private get prototypes(): Token | null {
    return this.facts.program.extendsBuiltins ? prototypeOfBuiltins(this.facts.program) : null;
  }

  /** A method of the language that is replaced may be called where no call can be seen. */
  private checkPrototypes(): void {
    const { models } = this.facts.program;
    for (const [field, node] of this.prototypes?.fields ?? []) {
      const isKnown = REPLACEABLE.some(type => models.methodPath(type, field) !== undefined);
      if (!isKnown || !this.isWritten(node)) continue;
      const { root } = this.facts.slice;
      this.problems.push({
        code: 'parallel-main-thread',
        module: root.module.id,
        at: root.piece.start,
        item: root,
        what: `types of the language, whose method \`${field}\` the program replaces`,
      });
    }
  }

  /** Methods that the program adds to prototypes of the language: no worker has them. */
  private get addedToBuiltins(): ReadonlySet<FunctionIR | null> {
    const { program } = this.facts;
    if (!this.prototypes) return new Set();
    const nodes = [...this.prototypes.fields.values()];
    return new Set(
      nodes.flatMap(node => [...program.solver.tokens(node)].map(id => program.heap.get(id).fn)),
    );
  }
}

/** Types whose methods the language itself calls. */
const REPLACEABLE: readonly string[] = [
  'Object',
  'Function',
  'Array',
  'String',
  'Map',
  'Set',
  'Promise',
  'Date',
  'RegExp',
  'Error',
];

const LATER: ReadonlySet<string> = new Set(['timer', 'listener', 'route']);

const nameOf = ({ piece }: Item): string => nameOfPiece(piece);
