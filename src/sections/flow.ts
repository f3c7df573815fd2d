/**
 * What may and what must happen around each statement of one function: questions of data flow over its graph.
 *
 * The points that matter are those before statements. Any operation may throw, so what holds where an exception is
 * caught is part of the answer at each point that an exception may leave from.
 */
import { type Block, ENTRY_BLOCK, type FunctionIR, firstOperations } from '../ir/ir.js';

export class BodyFlow {
  /** By block: the index in the function of its first operation. */
  private readonly firstOp: readonly number[];
  /** By block: the statements that control enters there, in order. */
  private readonly statements: number[][];

  constructor(readonly fn: FunctionIR) {
    this.firstOp = firstOperations(fn.blocks);
    this.statements = fn.blocks.map(() => []);
    fn.statements.forEach((statement, index) => {
      this.statements[statement.block]?.push(index);
    });
  }

  /** By statement: may one of `operations` still come when control is before it? */
  mayCome(operations: ReadonlySet<number>): boolean[] {
    const { blocks } = this.fn;
    const atStart: boolean[] = blocks.map(() => false);
    const before: boolean[] = this.fn.statements.map(() => false);
    const visit = (block: Block, index: number): boolean => {
      const caught = block.handler >= 0 && (atStart[block.handler] as boolean);
      let later = caught || block.next.some(next => atStart[next]);
      const first = this.firstOp[index] as number;
      const own = this.statements[index] as number[];
      let next = own.length - 1;
      for (let op = block.ops.length; op >= 0; op--) {
        if (op < block.ops.length && operations.has(first + op)) later = true;
        for (; next >= 0 && this.fn.statements[own[next] as number]?.op === op; next--)
          before[own[next] as number] = later;
      }
      return later;
    };
    for (let changed = true; changed; ) {
      changed = false;
      for (let index = blocks.length - 1; index >= 0; index--) {
        const later = visit(blocks[index] as Block, index);
        if (later === atStart[index]) continue;
        atStart[index] = later;
        changed = true;
      }
    }
    return before;
  }

  /** By statement: may control have passed before one of `marked`, this one left out? */
  mayFollow(marked: ReadonlySet<number>): boolean[] {
    return this.forward(marked, false, (one, other) => one || other);
  }

  /** By statement: has control passed before one of `marked`, this one left out, on every path? */
  mustFollow(marked: ReadonlySet<number>): boolean[] {
    return this.forward(marked, true, (one, other) => one && other);
  }

  private forward(
    marked: ReadonlySet<number>,
    unknown: boolean,
    meet: (one: boolean, other: boolean) => boolean,
  ): boolean[] {
    const { blocks } = this.fn;
    const before: boolean[] = this.fn.statements.map(() => unknown);
    const atStart: boolean[] = blocks.map((_, index) => (index === ENTRY_BLOCK ? false : unknown));
    for (let changed = true; changed; ) {
      changed = false;
      const arrive = (target: number, state: boolean): void => {
        const met = meet(atStart[target] as boolean, state);
        if (met === atStart[target]) return;
        atStart[target] = met;
        changed = true;
      };
      blocks.forEach((block, index) => {
        let state = atStart[index] as boolean;
        // An exception may leave from any point of the block.
        let thrown = state;
        for (const statement of this.statements[index] as number[]) {
          before[statement] = state;
          if (!marked.has(statement)) continue;
          state = true;
          thrown = meet(thrown, state);
        }
        for (const next of block.next) arrive(next, state);
        if (block.handler >= 0) arrive(block.handler, thrown);
      });
    }
    return before;
  }

  /** By statement: may one of `operations` have come when control is before it? */
  mayHaveCome(operations: ReadonlySet<number>): boolean[] {
    return this.history(
      () => false,
      index => operations.has(index),
      () => false,
    );
  }

  /** By statement: may control have passed before one of `marked`, be it this one, and not have suspended since? */
  mayFollowAtOnce(marked: ReadonlySet<number>): boolean[] {
    return this.history(
      statement => marked.has(statement),
      () => false,
      op => op.op === 'suspend',
    );
  }

  /** By statement: may something have begun and not have ended since, when control is there? */
  private history(
    beginsBefore: (statement: number) => boolean,
    beginsWith: (operation: number) => boolean,
    endsWith: (op: Block['ops'][number]) => boolean,
  ): boolean[] {
    const { blocks } = this.fn;
    const before: boolean[] = this.fn.statements.map(() => false);
    const atStart: boolean[] = blocks.map(() => false);
    for (let changed = true; changed; ) {
      changed = false;
      blocks.forEach((block, index) => {
        let state = atStart[index] as boolean;
        // An exception may leave from any point of the block.
        let thrown = state;
        this.walk(
          index,
          statement => {
            state ||= beginsBefore(statement);
            before[statement] = state;
            thrown ||= state;
          },
          (op, operation) => {
            if (endsWith(op)) state = false;
            state ||= beginsWith(operation);
            thrown ||= state;
          },
        );
        if (spread(atStart, block, state, thrown)) changed = true;
      });
    }
    return before;
  }

  /** May control suspend after one of the statements `marked` was entered, and then come to one of `operations`? */
  maySuspendBetween(marked: ReadonlySet<number>, operations: ReadonlySet<number>): boolean {
    const { blocks } = this.fn;
    /** By block: entered before its start, and suspended since, on some path. */
    const entered: boolean[] = blocks.map(() => false);
    const suspended: boolean[] = blocks.map(() => false);
    let found = false;
    for (let changed = true; changed && !found; ) {
      changed = false;
      blocks.forEach((block, index) => {
        let isEntered = entered[index] as boolean;
        let isSuspended = suspended[index] as boolean;
        this.walk(
          index,
          statement => {
            if (marked.has(statement)) isEntered = true;
          },
          (op, operation) => {
            if (isSuspended && operations.has(operation)) found = true;
            if (isEntered && op.op === 'suspend') isSuspended = true;
          },
        );
        for (const target of block.handler >= 0 ? [...block.next, block.handler] : block.next) {
          if ((entered[target] || !isEntered) && (suspended[target] || !isSuspended)) continue;
          entered[target] ||= isEntered;
          suspended[target] ||= isSuspended;
          changed = true;
        }
      });
    }
    return found;
  }

  /** The operations that may come after one of the statements `opening` was entered and none of `closing` since. */
  operationsBetween(opening: ReadonlySet<number>, closing: ReadonlySet<number>): Set<number> {
    const { blocks } = this.fn;
    const open: boolean[] = blocks.map(() => false);
    const found = new Set<number>();
    for (let changed = true; changed; ) {
      changed = false;
      blocks.forEach((block, index) => {
        let isOpen = open[index] as boolean;
        let mayThrow = isOpen;
        this.walk(
          index,
          statement => {
            if (closing.has(statement)) isOpen = false;
            if (opening.has(statement)) isOpen = true;
            mayThrow ||= isOpen;
          },
          (_, operation) => {
            if (isOpen) found.add(operation);
          },
        );
        if (spread(open, block, isOpen, mayThrow)) changed = true;
      });
    }
    return found;
  }

  /** May control come to one of `operations` after one of them? */
  mayComeTwice(operations: ReadonlySet<number>): boolean {
    const { blocks } = this.fn;
    const come: boolean[] = blocks.map(() => false);
    let found = false;
    for (let changed = true; changed && !found; ) {
      changed = false;
      blocks.forEach((block, index) => {
        let hasCome = come[index] as boolean;
        block.ops.forEach((_, op) => {
          if (!operations.has((this.firstOp[index] as number) + op)) return;
          found ||= hasCome;
          hasCome = true;
        });
        if (spread(come, block, hasCome, hasCome)) changed = true;
      });
    }
    return found;
  }

  /** Goes through a block: the statements that control enters there and its operations, in their order. */
  private walk(
    index: number,
    enter: (statement: number) => void,
    run: (op: Block['ops'][number], operation: number) => void,
  ): void {
    const { ops } = this.fn.blocks[index] as Block;
    const own = this.statements[index] as number[];
    let next = 0;
    for (let op = 0; op <= ops.length; op++) {
      for (; next < own.length && this.fn.statements[own[next] as number]?.op === op; next++)
        enter(own[next] as number);
      if (op < ops.length) run(ops[op] as Block['ops'][number], (this.firstOp[index] as number) + op);
    }
  }

  /** Calls `visit` for each operation with the innermost statement that it belongs to. */
  forEachOp(visit: (op: Block['ops'][number], index: number, owner: number) => void): void {
    this.fn.blocks.forEach((block, b) => {
      block.ops.forEach((op, i) => {
        visit(op, (this.firstOp[b] as number) + i, block.owners[i] as number);
      });
    });
  }
}

/**
 * What may hold after a block may hold at the start of those that follow it, and what may hold in it where an exception of it is caught.
 * Says whether that is new for one of them.
 */
function spread(atStart: boolean[], block: Block, after: boolean, thrown: boolean): boolean {
  let isNew = false;
  const arrive = (target: number, isTrue: boolean): void => {
    if (!isTrue || atStart[target]) return;
    atStart[target] = true;
    isNew = true;
  };
  for (const target of block.next) arrive(target, after);
  if (block.handler >= 0) arrive(block.handler, thrown);
  return isNew;
}
