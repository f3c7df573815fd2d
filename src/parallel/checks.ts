/** What all parts of the proof have: the facts, what is written, and a place for what is in the way. */

import type { TokenId } from '../effects/solver.js';
import type { Token } from '../effects/tokens.js';
import { type CallOp, ELEMENT, type Op } from '../ir/ir.js';
import { isModuleOfAnyThread, isOfAnyThread } from './any-thread.js';
import type { Callee } from './callees.js';
import { isMethodOfCopies } from './crossing.js';
import { FROM_OUTSIDE, type SliceFacts } from './facts.js';
import type { Item, Problem, ProblemCode } from './parallel.js';
import type { Writes } from './writes.js';

export abstract class Checks {
  readonly problems: Problem[] = [];

  constructor(
    protected readonly facts: SliceFacts,
    protected readonly writes: Writes,
  ) {}

  protected checkCallee(
    { name, token, model }: Callee,
    op: CallOp,
    item: Item,
    given: ReadonlySet<TokenId> | null,
  ): void {
    if (given?.has(token.id) && FROM_OUTSIDE.has(token.kind)) {
      // What is modelled has been judged by what it writes.
      if (!model || token.kind === 'external') this.checkArgument(token, op, item);
      return;
    }
    switch (token.kind) {
      case 'input':
        return;
      case 'external':
        // A package that the slice does not import is not there to be called.
        if (
          isModuleOfAnyThread(name) ||
          (token.key.startsWith('external:package:') && !this.facts.packages.has(name))
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

  /** A call of something that the function is called with. */
  private checkArgument({ id }: Token, op: CallOp, item: Item): void {
    const { field } = op;
    if (field === null || APPLYING.has(field))
      this.report(
        'parallel-unknown-call',
        item,
        op,
        'one of its arguments, but functions do not cross between threads',
      );
    else if (CHANGING.test(field))
      this.report('parallel-writes-argument', item, op, 'to one of its arguments');
    else if (this.facts.fromOutside.has(id) && field !== ELEMENT && !isMethodOfCopies(field))
      this.report(
        'parallel-unknown-call',
        item,
        op,
        `\`${field}\` of one of its arguments, but what crosses between threads has no such method`,
      );
  }

  protected report(code: ProblemCode, item: Item, op: Op, what: string): void {
    const at = 'at' in op ? op.at : item.piece.start;
    this.problems.push({ code, module: item.module.id, at, item, what });
  }
}

const APPLYING: ReadonlySet<string> = new Set(['apply', 'bind', 'call']);

/** Methods by which lists, maps, buffers and dates are changed. */
const CHANGING =
  /^(add|append|clear|copyWithin|delete|fill|pop|push|reverse|set|set[A-Z].*|shift|sort|splice|swap\d+|unshift|write|write[A-Z].*)$/;

export const sharedByThread = (name: string): string =>
  `\`${name}\`, an object that all code of the thread shares`;

export const calledName = ({ field, hint }: CallOp): string => field ?? hint;
