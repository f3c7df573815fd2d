/**
 * Is an object that is written one that the running function has just made?
 *
 * Objects are told apart by where they are made. A function that makes a table, fills it and returns it, and is called both for a
 * constant of the module and by others, writes only what is its own each time, although all of its tables are one abstract object.
 */
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { definitionsOf } from '../ir/definitions.js';
import { FIRST_FREE_SLOT, NONE, type Op, type Ref, slotOf, upOf } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import { calleesOf } from './callees.js';

/** Whether a function runs while constants are evaluated: what it has made then is no more its own afterwards. */
type IsInitial = (instance: Instance) => boolean;

/** Whether whatever `op` writes was made by the function it is in, or by one around that, each in this very run. */
export function writesFresh(program: PointsTo, instance: Instance, op: Op, isInitial: IsInitial): boolean {
  const isOwn = (ref: Ref): boolean =>
    ref === NONE || (isMadeHere(program, instance, ref, new Set()) && isThisRun(instance, ref, isInitial));
  if (op.op === 'store') return isOwn(op.base);
  if (op.op !== 'call') return false;
  return op.args.every(isOwn) && (op.field === null || isOwn(op.base));
}

const isThisRun = (instance: Instance, ref: Ref, isInitial: IsInitial): boolean =>
  upOf(ref) === 0 || !isInitial(instance.ownerOf(ref));

function isMadeHere(program: PointsTo, instance: Instance, ref: Ref, seen: Set<string>): boolean {
  const owner = instance.ownerOf(ref);
  const slot = slotOf(ref);
  if (owner.fn.form === 'module' || owner.fn.params.includes(slot) || slot < FIRST_FREE_SLOT) return false;
  // Assignments in inner functions are not among the definitions.
  const variable = variableOf(owner.fn, slot);
  if (variable?.isReassigned && variable.isCaptured) return false;
  const key = `${owner.id}.${slot}`;
  if (seen.has(key)) return true;
  seen.add(key);
  const definitions = definitionsOf(owner.fn).all.get(slot) ?? [];
  return definitions.length > 0 && definitions.every(op => isMaking(program, owner, op, seen));
}

/** Whether the operation gives nothing but what it makes. */
function isMaking(program: PointsTo, instance: Instance, op: Op, seen: Set<string>): boolean {
  if (op.op === 'alloc') return true;
  if (op.op === 'copy') return op.from === NONE || isMadeHere(program, instance, op.from, seen);
  if (op.op !== 'call') return false;
  const callees = calleesOf(program, instance, op);
  const record = instance.calls.get(definitionsOf(instance.fn).indices.get(op) ?? -1);
  if (callees.length === 0 || (record && record.targets.size > 0)) return false;
  // What it is handed may come back as well: a view of the same memory.
  const isHanded = op.args.some(
    ref => ref !== NONE && [...program.solver.tokens(instance.node(ref))].length > 0,
  );
  return callees.every(
    ({ model }) =>
      model?.returns?.startsWith('fresh ') === true &&
      !(isHanded && model.flows?.some(([from, to]) => to === 'return' && !from.startsWith('fresh '))),
  );
}
