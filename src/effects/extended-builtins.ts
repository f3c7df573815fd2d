/**
 * Methods that the program adds to prototypes of built-in types: `Array.prototype.first = function () {...}`.
 *
 * Any value may have them, primitives included, and what type a value has is not always known. So every call of a method
 * of that name may be a call of this one; and all these prototypes are one object. Programs that touch none are spared that.
 */
import type { CallOp } from '../ir/ir.js';
import { type Invocation, invoke } from './calls.js';
import type { PointsTo } from './points-to.js';
import type { NodeId } from './solver.js';
import type { Token } from './tokens.js';

const TYPES =
  'Object|Function|Array|String|Number|Boolean|BigInt|Symbol|Date|RegExp|Error|Promise|(?:Weak)?(?:Map|Set)|\\w+Array|ArrayBuffer';

/** A prototype of a built-in type, unless a method of it is only read: `Array.prototype.slice.call(args)`. */
const TOUCHED = new RegExp(`\\b(?:${TYPES})\\.prototype\\b(?!\\s*\\.\\s*\\w+\\s*[.(,;)\\]?&|])`);

const NAMES = new RegExp(`^(?:${TYPES})$`);

/** Whether `token` is the constructor of a type whose prototype may be added to. */
export const isExtensible = ({ kind, name }: Token): boolean => kind === 'builtin' && NAMES.test(name);

/** Whether the text of a module may add to the prototype of a built-in type. */
export const mayExtendBuiltins = (code: string): boolean => TOUCHED.test(code);

/** What stands for the prototypes of all built-in types. */
export const prototypeOfBuiltins = ({ heap }: PointsTo): Token =>
  heap.intern('prototype:builtins', 'object', 'Object', 'prototype');

/** A call of a method calls what was added under its name, on whatever `self` holds. */
export function callAdded(
  program: PointsTo,
  field: Exclude<CallOp['field'], null>,
  self: NodeId | null,
  call: Omit<Invocation, 'receiver' | 'self'>,
): void {
  if (!program.extendsBuiltins) return;
  const { heap, solver } = program;
  solver.listen(heap.view(prototypeOfBuiltins(program), field), id => {
    if (heap.get(id).kind === 'function' || id === program.tangle?.id)
      invoke(program, id, { ...call, receiver: null, self });
  });
}
