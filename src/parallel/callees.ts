/**
 * What a call may call that is not a function of the program, by its name.
 */
import type { Instance } from '../effects/instances.js';
import type { FunctionModel } from '../effects/models/model.js';
import type { PointsTo } from '../effects/points-to.js';
import type { Token } from '../effects/tokens.js';
import { type CallOp, NONE } from '../ir/ir.js';

export interface Callee {
  /** The path of a built-in; of what is not modelled, the name of what it belongs to. */
  name: string;
  /** What it is found on, or is itself. */
  token: Token;
  /** Of a built-in: what is known of it. */
  model: FunctionModel | undefined;
}

/** All that a call may call outside of the program; functions of the program are in its record. */
export function calleesOf(program: PointsTo, instance: Instance, op: CallOp): Callee[] {
  if (op.base === NONE) return [];
  const { solver, heap } = program;
  const found: Callee[] = [];
  for (const id of solver.tokens(instance.node(op.base))) {
    const token = heap.get(id);
    if (op.field === null) {
      if (token.kind !== 'function' && token.kind !== 'object')
        found.push(calleeFrom(program, token, op.isNew));
    } else if (token.kind === 'input' || token.kind === 'external') {
      found.push({ name: token.name, token, model: program.methodOfInput(token, op.field) });
    } else {
      for (const inner of solver.tokens(program.viewOf(token, op.field))) {
        const method = heap.get(inner);
        if (method.kind === 'builtin' || method.kind === 'external')
          found.push(calleeFrom(program, method, op.isNew));
      }
    }
  }
  return found;
}

function calleeFrom({ models }: PointsTo, token: Token, isNew: boolean): Callee {
  if (token.kind !== 'builtin') return { name: token.name, token, model: undefined };
  const model = (isNew ? models.get(`new ${token.name}`) : undefined) ?? models.get(token.name);
  return { name: token.name, token, model };
}
