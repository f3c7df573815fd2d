/**
 * Which entry of a container does an access mean, as far as the operation itself can tell?
 */
import type { Access, Resource } from '../effects/accesses.js';
import type { CallRecord, Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { Token } from '../effects/tokens.js';
import { type CallOp, ELEMENT, NONE, type Op, type Ref, type Value } from '../ir/ir.js';

/** How the keys of a container are compared: as those of a `Map`, or as names of properties. */
export type KeyKind = 'entry' | 'property';

/** What names the entry: a slot, or a value without one. */
export interface Operand {
  ref: Ref;
  value: Value | null;
}

const HASHED = new Set(['Map', 'Set', 'WeakMap', 'WeakSet']);

/** How the keys of a resource are compared; null if it has none. */
export function kindOf(program: PointsTo, { storage }: Resource): KeyKind | null {
  if (storage.kind !== 'field' || storage.field !== ELEMENT) return null;
  const token = program.heap.get(storage.token);
  if (token.kind !== 'object' || /^(?:global$|namespace:|module:)/.test(token.key)) return null;
  if (HASHED.has(token.type)) return 'entry';
  // Assigning to an element of an array may change its length.
  return token.type === 'Object' ? 'property' : null;
}

/** What names the one entry that an access means; null if it means the container as a whole. */
export function operandOf(
  program: PointsTo,
  instance: Instance,
  op: Op,
  access: Access,
  container: Token,
): Operand | null {
  if (access.isByCaller || access.assumed !== null) return null;
  const values = instance.fn.values.get(op);
  switch (op.op) {
    case 'load':
    case 'store':
      if (!isBase(program, instance, op.base, container)) return null;
      if (op.field === ELEMENT)
        return HASHED.has(container.type) ? null : { ref: NONE, value: values?.[0] ?? null };
      return named(op.field, container);
    case 'call':
      return ofCall(program, instance, op, values, access.op, container);
    default:
      return null;
  }
}

/** `object.name`, of an object that is used with computed keys elsewhere. */
function named(field: string, container: Token): Operand | null {
  if (field.startsWith('<') || field.startsWith('@@') || HASHED.has(container.type)) return null;
  return { ref: NONE, value: { is: 'constant', value: field } };
}

function ofCall(
  program: PointsTo,
  instance: Instance,
  op: CallOp,
  values: readonly (Value | null)[] | undefined,
  index: number,
  container: Token,
): Operand | null {
  const record = instance.calls.get(index);
  if (!record || record.externals.size > 0 || op.base === NONE) return null;
  if (!isBase(program, instance, op.base, container)) return null;
  if (!HASHED.has(container.type)) {
    // The method is looked up under its name.
    if (record.models.length > 0 || op.field === null || op.field === ELEMENT) return null;
    return named(op.field, container);
  }
  return keyOfCall(op, record, values);
}

/** The argument that is the key, if there is one. */
function keyOfCall(
  op: CallOp,
  record: CallRecord,
  values: readonly (Value | null)[] | undefined,
): Operand | null {
  const argument = keyArgument(record);
  if (argument === null || (op.spread >= 0 && argument >= op.spread)) return null;
  const ref = op.args[argument];
  return ref === undefined ? null : { ref, value: values?.[argument] ?? null };
}

/** The key by which an operation reads an entry; null if it is no such operation. */
export function keyOfRead({ fn, calls }: Instance, op: Op, index: number): Operand | null {
  const values = fn.values.get(op);
  if (op.op === 'load') {
    if (op.field === ELEMENT) return { ref: NONE, value: values?.[0] ?? null };
    return /^[<@]/.test(op.field) ? null : { ref: NONE, value: { is: 'constant', value: op.field } };
  }
  const record = calls.get(index);
  return op.op === 'call' && record ? keyOfCall(op, record, values) : null;
}

/** The argument that all models of what is called take as the key. */
function keyArgument({ models }: CallRecord): number | null {
  const found = new Set(models.map(({ model }) => model.key));
  const [key] = found;
  return found.size === 1 && key !== undefined ? Number(key.slice('arg'.length)) : null;
}

function isBase(program: PointsTo, instance: Instance, base: Ref, { id }: Token): boolean {
  return program.solver.tokens(instance.node(base)).has(id);
}
