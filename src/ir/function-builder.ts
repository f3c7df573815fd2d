/**
 * Builds the control-flow graph of one function, block by block, while its syntax is walked.
 *
 * Jumps through a `finally` are approximated: control enters it from everywhere and leaves it to
 * every place any jump through it wanted. That adds paths and loses none, which is the safe side for
 * every question asked of the graph ("may a suspension lie between these two accesses?").
 */
import type * as t from '@babel/types';
import {
  type Block,
  ENTRY_BLOCK,
  type Equality,
  EXIT_BLOCK,
  FIRST_FREE_SLOT,
  type FunctionForm,
  type FunctionIR,
  NONE,
  type Op,
  RETURN_SLOT,
  RETURNED,
  type Ref,
  refOf,
  type SiteKind,
  type Span,
  type StatementIR,
  type StatementKind,
  THIS_SLOT,
  type Value,
  type Variable,
} from './ir.js';
import type { ModuleBuilder } from './module-builder.js';
import type { Binding } from './scope.js';

interface JumpTarget {
  /** Labels of the statement itself, so that `continue label` finds its loop. */
  labels: string[];
  breakTo: number;
  continueTo: number;
  /** How many `finally`s enclosed the target. */
  finallyDepth: number;
}

interface Finally {
  block: number;
  /** Where jumps that pass through it go on. */
  exits: Set<number>;
}

export class FunctionBuilder {
  readonly blocks: Block[] = [
    { ops: [], owners: [], next: [], handler: -1 },
    { ops: [], owners: [], next: [], handler: -1 },
  ];
  readonly statements: StatementIR[] = [];
  readonly variables: Variable[] = [];
  readonly params: number[] = [];
  readonly directives: string[] = [];
  readonly values = new Map<Op, readonly (Value | null)[]>();
  readonly returned: (Value | null)[] = [];
  /** What the templates are that have been lowered. */
  readonly texts = new Map<t.Node, Value>();
  /** What the operands of `===` and `!==` are that have been lowered. */
  readonly equalities = new Map<t.Node, Equality>();
  readonly searches = new Map<Op, Equality>();
  predicate: Equality | null = null;
  /** What makes the objects that have been lowered. */
  private readonly allocations = new Map<Ref, Op>();
  readonly depth: number;
  slotCount = FIRST_FREE_SLOT;
  rest = -1;
  argumentsSlot = -1;
  isFactory = false;
  redeclaresFunctions = false;
  /** An arrow function without a body in braces. */
  isValue = false;
  /** Reference, in this function, to the class or object whose method this is: what `super` starts from. */
  home: { ref: Ref; isStatic: boolean } | null = null;
  /** Slot of the generator object, in generators. */
  generatorSlot = -1;
  private currentBlock = ENTRY_BLOCK;
  private handler = -1;
  private readonly targets: JumpTarget[] = [];
  private readonly finallies: Finally[] = [];
  private pendingLabels: string[] = [];
  private statement = -1;
  private list = -1;
  private lists = 0;

  constructor(
    readonly module: ModuleBuilder,
    readonly parent: FunctionBuilder | null,
    readonly index: number,
    readonly name: string,
    readonly form: FunctionForm,
    readonly traits: {
      isAsync: boolean;
      isGenerator: boolean;
      isStatic: boolean;
      start: number;
      end: number;
    },
  ) {
    this.depth = parent ? parent.depth + 1 : 0;
  }

  get isArrow(): boolean {
    return this.form === 'arrow';
  }

  newSlot(): number {
    return this.slotCount++;
  }

  newTemp(): Ref {
    return refOf(0, this.newSlot());
  }

  newVariable(name: string, at: number): Binding {
    const slot = this.newSlot();
    const variable: Variable = {
      name,
      slot,
      at,
      isReassigned: false,
      isCaptured: false,
      isPrimitive: false,
      isConstant: false,
      init: null,
      value: null,
    };
    this.variables.push(variable);
    return { owner: this, slot, variable };
  }

  /** The reference from here to a slot of `owner`, which is this function or one around it. */
  refTo(owner: FunctionBuilder, slot: number): Ref {
    const up = this.depth - owner.depth;
    if (up > 0) owner.isFactory = true;
    return refOf(up, slot);
  }

  /** `this` of the nearest function that has one. */
  thisRef(): Ref {
    let owner: FunctionBuilder = this;
    while (owner.isArrow && owner.parent) owner = owner.parent;
    return this.refTo(owner, THIS_SLOT);
  }

  emit(op: Op): void {
    const block = this.blocks[this.currentBlock] as Block;
    block.ops.push(op);
    block.owners.push(this.statement);
  }

  /** The operation that was emitted last, if it was in this block. */
  get lastOp(): Op | undefined {
    return this.blocks[this.currentBlock]?.ops.at(-1);
  }

  /** Notes what the operation that was emitted last takes without a slot. */
  note(values: readonly (Value | null)[]): void {
    const op = this.lastOp;
    if (op && values.some(value => value !== null)) this.values.set(op, values);
  }

  /** `to ⊇ from`, unless either can hold no object. */
  copy(from: Ref, to: Ref): void {
    if (from !== NONE && to !== NONE && from !== to) this.emit({ op: 'copy', from, to });
  }

  alloc(kind: SiteKind, name: string, at: number): Ref {
    const to = this.newTemp();
    const op: Op = { op: 'alloc', to, site: this.module.newSite(kind, name, at) };
    this.emit(op);
    this.allocations.set(to, op);
    return to;
  }

  /** The operation that has just given a value to a slot without a name, if that is known. */
  maker(to: Ref): Op | undefined {
    const made = this.allocations.get(to);
    const { lastOp } = this;
    return made ?? (lastOp && 'to' in lastOp && lastOp.to === to ? lastOp : undefined);
  }

  returnValue(value: Ref, at: number): void {
    if (this.generatorSlot < 0) this.copy(value, refOf(0, RETURN_SLOT));
    else if (value !== NONE) {
      const base = refOf(0, this.generatorSlot);
      this.emit({ op: 'store', base, field: RETURNED, from: value, at: this.traits.start, init: true });
    }
    this.give(value, at);
  }

  /** `value` gets to whoever has called the function, one way or another. */
  give(value: Ref, at: number): void {
    if (value !== NONE) this.emit({ op: 'return', value, at });
  }

  /** Runs `lower` for the statements of one list. */
  inList(lower: () => void): void {
    const outer = this.list;
    this.list = this.lists++;
    lower();
    this.list = outer;
  }

  /** Runs `lower` for one statement of the list. */
  inStatement({ start, end }: Span, kind: StatementKind, lower: () => void): void {
    const outer = this.statement;
    this.statements.push({
      start,
      end,
      kind,
      parent: outer,
      list: this.list,
      block: this.currentBlock,
      op: (this.blocks[this.currentBlock] as Block).ops.length,
    });
    this.statement = this.statements.length - 1;
    lower();
    this.statement = outer;
  }

  // Control flow.

  newBlock(): number {
    this.blocks.push({ ops: [], owners: [], next: [], handler: this.handler });
    return this.blocks.length - 1;
  }

  get current(): number {
    return this.currentBlock;
  }

  /** Continues in `block`; the caller has made the edges that lead to it. */
  enter(block: number): void {
    this.currentBlock = block;
  }

  edge(from: number, to: number): void {
    const next = this.blocks[from]?.next;
    if (next && !next.includes(to)) next.push(to);
  }

  /** A new block after the current one. */
  advance(): number {
    const block = this.newBlock();
    this.edge(this.currentBlock, block);
    this.currentBlock = block;
    return block;
  }

  /** What follows a jump cannot be reached: a block without predecessors. */
  private abandon(): void {
    this.currentBlock = this.newBlock();
  }

  label(name: string): void {
    this.pendingLabels.push(name);
  }

  /** Runs `body` with `break` (and, for loops, `continue`) leading to the given blocks. */
  withTarget(breakTo: number, continueTo: number, body: () => void): void {
    const labels = this.pendingLabels;
    this.pendingLabels = [];
    this.targets.push({
      labels,
      breakTo,
      continueTo,
      finallyDepth: this.finallies.length,
    });
    body();
    this.targets.pop();
  }

  jump(kind: 'break' | 'continue', label: string | null): void {
    for (let i = this.targets.length - 1; i >= 0; i--) {
      const target = this.targets[i] as JumpTarget;
      if (label !== null ? !target.labels.includes(label) : kind === 'continue' && target.continueTo < 0)
        continue;
      // A plain `break` never leaves a labelled block that is not a loop or a switch.
      if (label === null && kind === 'break' && target.continueTo < -1) continue;
      this.leaveTo(kind === 'break' ? target.breakTo : target.continueTo, target.finallyDepth);
      break;
    }
    this.abandon();
  }

  exit(): void {
    this.leaveTo(EXIT_BLOCK, 0);
    this.abandon();
  }

  throw(): void {
    this.edge(this.currentBlock, this.handler >= 0 ? this.handler : EXIT_BLOCK);
    this.abandon();
  }

  /** Goes to `to`, through the `finally`s inside of it. */
  private leaveTo(to: number, finallyDepth: number): void {
    const innermost = this.finallies[this.finallies.length - 1];
    if (innermost && this.finallies.length > finallyDepth) {
      this.edge(this.currentBlock, innermost.block);
      innermost.exits.add(to);
    } else {
      this.edge(this.currentBlock, to);
    }
  }

  tryStatement(block: () => void, handler: (() => void) | null, finalizer: (() => void) | null): void {
    const outerHandler = this.handler;
    const finallyBlock = finalizer ? this.newBlock() : -1;
    const frame: Finally = { block: finallyBlock, exits: new Set() };
    const after = this.newBlock();
    const normalExit = finalizer ? finallyBlock : after;
    if (finalizer) this.finallies.push(frame);

    const catchBlock = handler ? this.newBlockWith(finalizer ? finallyBlock : outerHandler) : -1;
    this.handler = handler ? catchBlock : finallyBlock;
    this.advance();
    block();
    this.edge(this.currentBlock, normalExit);

    if (handler) {
      this.handler = finalizer ? finallyBlock : outerHandler;
      this.currentBlock = catchBlock;
      handler();
      this.edge(this.currentBlock, normalExit);
    }
    this.handler = outerHandler;
    if (finalizer) {
      this.finallies.pop();
      this.currentBlock = finallyBlock;
      finalizer();
      this.edge(this.currentBlock, after);
      // An exception that was not caught goes on outwards.
      this.edge(this.currentBlock, outerHandler >= 0 ? outerHandler : EXIT_BLOCK);
      for (const exit of frame.exits) this.edge(this.currentBlock, exit);
      const outer = this.finallies[this.finallies.length - 1];
      if (outer) {
        for (const exit of frame.exits) outer.exits.add(exit);
        this.edge(this.currentBlock, outer.block);
      }
    }
    this.currentBlock = after;
  }

  private get isSloppy(): boolean {
    if (this.directives.includes('use strict')) return false;
    return this.parent ? this.parent.isSloppy : this.module.isSloppy;
  }

  private newBlockWith(handler: number): number {
    this.blocks.push({ ops: [], owners: [], next: [], handler });
    return this.blocks.length - 1;
  }

  finish(): FunctionIR {
    this.edge(this.currentBlock, EXIT_BLOCK);
    // Control may come to the end without a `return`.
    const isReached =
      this.currentBlock === ENTRY_BLOCK || this.blocks.some(({ next }) => next.includes(this.currentBlock));
    if (isReached && !this.isValue) this.returned.push(null);
    return {
      index: this.index,
      name: this.name,
      form: this.form,
      isAsync: this.traits.isAsync,
      isGenerator: this.traits.isGenerator,
      isStatic: this.traits.isStatic,
      isSloppy: this.isSloppy,
      start: this.traits.start,
      end: this.traits.end,
      parent: this.parent ? this.parent.index : -1,
      params: this.params,
      rest: this.rest,
      argumentsSlot: this.argumentsSlot,
      slotCount: this.slotCount,
      variables: this.variables,
      blocks: this.blocks,
      statements: this.statements,
      directives: this.directives,
      redeclaresFunctions: this.redeclaresFunctions,
      isFactory: this.isFactory,
      opCount: 0,
      values: this.values,
      returned: this.returned,
      predicate: this.predicate,
      searches: this.searches,
    };
  }
}
