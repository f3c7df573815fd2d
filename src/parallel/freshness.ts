/**
 * Is an object that is written one that the running function has just made?
 *
 * Objects are told apart by where they are made. A function that makes a table, fills it and returns it, and is called both for a
 * constant of the module and by others, writes only what is its own each time, although all of its tables are one abstract object.
 */
import type { CallRecord, Instance } from '../effects/instances.js';
import { parsePlace } from '../effects/models/places.js';
import type { PointsTo } from '../effects/points-to.js';
import { definitionsOf } from '../ir/definitions.js';
import { type CallOp, FIRST_FREE_SLOT, NONE, type Op, type Ref, slotOf, upOf } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import { calleesOf } from './callees.js';

/** Whether a function runs while constants are evaluated: what it has made then is no more its own afterwards. */
type IsInitial = (instance: Instance) => boolean;

/** Whether whatever `op` is known to write was made by the function it is in, or by one around that, each in this very run. */
export function writesFresh(program: PointsTo, instance: Instance, op: Op, isInitial: IsInitial): boolean {
  const isOwn = (ref: Ref): boolean => isFresh(program, instance, ref, isInitial);
  if (op.op === 'store') return isOwn(op.base);
  if (op.op !== 'call') return false;
  return writtenBy(op, recordOf(instance, op))?.every(isOwn) === true;
}

/** Whether what `ref` stands for was made by the function, or by one around it, in this very run. */
export const isFresh = (program: PointsTo, instance: Instance, ref: Ref, isInitial: IsInitial): boolean =>
  ref === NONE || (searchOf(program).isMadeHere(instance, ref) && isThisRun(instance, ref, isInitial));

const recordOf = (instance: Instance, op: Op): CallRecord | undefined =>
  instance.calls.get(definitionsOf(instance.fn).indices.get(op) ?? -1);

/** What a call hands to built-ins that write it; null if they may write something that is only found in it. */
function writtenBy({ base, field, args }: CallOp, record: CallRecord | undefined): Ref[] | null {
  const receiver = field === null ? [] : [base];
  if (!record) return null;
  const written: Ref[] = [];
  for (const { model, args: given } of record.models)
    for (const place of model.writes ?? []) {
      if (place.startsWith('@')) continue;
      const { root, andAfter, deep, steps } = parsePlace(place);
      if (deep || steps.length > 1) return null;
      // By `call` and `apply`, arguments have other places.
      if (given !== record.args) written.push(...receiver, ...args);
      else if (typeof root === 'number') written.push(...args.slice(root, andAfter ? undefined : root + 1));
      else if (root === 'this') written.push(...receiver);
      else return null;
    }
  return written;
}

const isThisRun = (instance: Instance, ref: Ref, isInitial: IsInitial): boolean =>
  upOf(ref) === 0 || !isInitial(instance.ownerOf(ref));

/** One for each program: most writes ask for what others have asked for. */
function searchOf(program: PointsTo): Search {
  let search = searches.get(program);
  if (!search) {
    search = new Search(program);
    searches.set(program, search);
  }
  return search;
}

const searches = new WeakMap<PointsTo, Search>();

/** A call that hands a function to others. */
interface HandedOn {
  caller: Instance;
  op: CallRecord['op'];
}

class Search {
  /** By variable. */
  private readonly known = new Map<string, boolean>();
  /** The variables that the present question has led to. What leads back to one of them adds nothing. */
  private asked = new Set<string>();
  private callbacks: ReadonlyMap<Instance, readonly HandedOn[]> | undefined;
  private readonly calledDirectly = new Set<Instance>();

  constructor(private readonly program: PointsTo) {}

  /** Whether all that a variable holds was made by the function that it is a variable of. */
  isMadeHere(instance: Instance, ref: Ref): boolean {
    this.asked = new Set();
    const isMade = this.holdsWhatIsMade(instance, ref);
    // All of it was needed. If it does not hold, it is known which: see below.
    if (isMade) for (const key of this.asked) this.known.set(key, true);
    return isMade;
  }

  private holdsWhatIsMade(instance: Instance, ref: Ref): boolean {
    const owner = instance.ownerOf(ref);
    const slot = slotOf(ref);
    if (owner.fn.form === 'module' || slot < FIRST_FREE_SLOT) return false;
    // Assignments in inner functions are not among the definitions.
    const variable = variableOf(owner.fn, slot);
    if (variable?.isReassigned && variable.isCaptured) return false;
    const key = `${owner.id}.${slot}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.asked.has(key)) return true;
    this.asked.add(key);
    const isMade = owner.fn.params.includes(slot)
      ? this.isAccumulator(owner, slot)
      : this.isDefined(owner, slot);
    if (!isMade) this.known.set(key, false);
    return isMade;
  }

  private isDefined(owner: Instance, slot: number): boolean {
    const definitions = definitionsOf(owner.fn).all.get(slot) ?? [];
    return definitions.length > 0 && definitions.every(op => this.isMaking(owner, op));
  }

  /** `list.reduce((sum, each) => { sum.push(each); return sum; }, [])`: the first parameter is what was made for it. */
  private isAccumulator(owner: Instance, slot: number): boolean {
    const { fn } = owner;
    if (fn.params[0] !== slot || variableOf(fn, slot)?.isReassigned || fn.isAsync || fn.isGenerator)
      return false;
    const calls = this.handedOn().get(owner) ?? [];
    if (calls.length === 0 || this.calledDirectly.has(owner)) return false;
    for (const { caller, op } of calls) {
      if (op.op !== 'call' || !REDUCING.has(op.field ?? '') || op.spread >= 0) return false;
      const [, initial] = op.args;
      if (initial === undefined || (initial !== NONE && !this.holdsWhatIsMade(caller, initial))) return false;
      if (initial !== NONE && upOf(initial) > 0) return false;
    }
    return returnedBy(owner).every(ref => ref === NONE || this.holdsWhatIsMade(owner, ref));
  }

  /** The calls that hand each function on, to be called by what is called. */
  private handedOn(): ReadonlyMap<Instance, readonly HandedOn[]> {
    if (this.callbacks) return this.callbacks;
    const found = new Map<Instance, HandedOn[]>();
    for (const caller of this.program.instances.all)
      for (const { op, targets, callbacks, later, stages } of caller.calls.values()) {
        for (const set of [targets, later, stages ?? []])
          for (const target of set) this.calledDirectly.add(target);
        for (const target of callbacks) {
          const known = found.get(target);
          if (known) known.push({ caller, op });
          else found.set(target, [{ caller, op }]);
        }
      }
    this.callbacks = found;
    return found;
  }

  /** Whether the operation gives nothing but what it makes. */
  private isMaking(instance: Instance, op: Op): boolean {
    const { program } = this;
    if (op.op === 'alloc') return true;
    if (op.op === 'copy') return op.from === NONE || this.holdsWhatIsMade(instance, op.from);
    if (op.op !== 'call') return false;
    const callees = calleesOf(program, instance, op);
    const record = recordOf(instance, op);
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
}

const REDUCING: ReadonlySet<string> = new Set(['reduce', 'reduceRight']);

function returnedBy(owner: Instance): Ref[] {
  const found: Ref[] = [];
  owner.forEachOp(op => {
    if (op.op === 'return') found.push(op.value);
  });
  return found;
}
