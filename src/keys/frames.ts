/**
 * Frames: what a value that is used somewhere in the course of a task is, seen from the function the task begins in.
 *
 * Values are followed backwards: from the use to where the function has them from, over parameters to all calls of the
 * function that the task may make, and so on. A function that is called in several places gives all that it may be handed;
 * to hold a key too many is safe. Whatever is not followed to the end is not known.
 */
import type { CallRecord, Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { Sharing } from '../effects/sharing.js';
import { NOWHERE, type TokenSet } from '../effects/solver.js';
import { definitionsOf, statementOf } from '../ir/definitions.js';
import {
  type CallOp,
  ELEMENT,
  type Field,
  NONE,
  type Op,
  PROTO,
  RETURN_SLOT,
  type Ref,
  slotOf,
  THIS_SLOT,
  upOf,
  type Value,
} from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import type { CallSite, CallSites } from './call-sites.js';
import type { Changes } from './changes.js';
import { type KeyExpression, sizeOf, textOf } from './expression.js';
import { contentsOfLiteral, contentsOfNew, isInherited, type Maker } from './made.js';

/** More keys than this are as good as the whole. */
export const MOST_KEYS = 4;
const LARGEST = 8;

/** An object that the task makes, or an identifier that nobody has had before. */
export type Fresh =
  | { is: 'made'; instance: Instance; op: Maker }
  | { is: 'unique'; instance: Instance; op: CallOp };

/** A value as seen from the root: an expression there, or what the task has made itself. */
type Known = KeyExpression | Fresh;

const isFresh = (known: Known): known is Fresh => known.is === 'made' || known.is === 'unique';

/** All that a value may be; null if that is not known. */
type All = readonly Known[] | null;

/** What the variables of the root's function are called where its section begins. */
export interface Names {
  /** Null if the parameter has no name, or the name means another one there. */
  ofParameter(slot: number): string | null;
  /** The same of a constant; null, too, if it does not have its value there. */
  ofVariable(slot: number): string | null;
}

/** Keys that a value may be, and those among them that the task makes; null if they are not known. */
export type Found = { keys: readonly KeyExpression[]; fresh: readonly Fresh[] } | null;

export const NOTHING: Found = { keys: [], fresh: [] };

/** All of two; not known if there are too many. */
export function union(one: Found, other: Found): Found {
  if (one === null || other === null) return null;
  if (one === NOTHING) return other;
  if (other === NOTHING) return one;
  const all = distinct([...one.keys, ...one.fresh, ...other.keys, ...other.fresh]);
  if (all.length > MOST_KEYS) return null;
  return { keys: all.filter(known => !isFresh(known)), fresh: all.filter(isFresh) };
}

export class Frames {
  private readonly ofSlot = new Map<number, All>();
  private readonly pending = new Set<number>();
  /** Whether the root's function runs again inside of the task, with other values. */
  private readonly isRecursive: boolean;

  constructor(
    private readonly program: PointsTo,
    private readonly sharing: Sharing,
    private readonly changes: Changes,
    private readonly sites: CallSites,
    private readonly root: Instance,
    private readonly reached: ReadonlySet<Instance>,
    /** All that may run while the task goes on and has to do with what it was called with. */
    private readonly beside: Iterable<Instance>,
    private readonly names: Names,
  ) {
    this.isRecursive = sites.of(root, reached).length > 0 || sites.isHanded(root, reached);
  }

  /** All that calls a function; null if it is called by others, too. */
  callsOf(instance: Instance): readonly CallSite[] | null {
    if (instance === this.root || this.sites.isHanded(instance, this.reached)) return null;
    const calls = this.sites.of(instance, this.reached);
    return calls.length > 0 ? calls : null;
  }

  /** The keys that an operand may be; null if they are not known where the section begins. */
  keysOf(instance: Instance, ref: Ref, value: Value | null): Found {
    return foundIn(this.operand(instance, ref, value));
  }

  /** The same of what the objects of a variable have in a field. */
  keysOfField(instance: Instance, ref: Ref, field: Field): Found {
    return foundIn(this.property(instance, ref, field));
  }

  private operand(instance: Instance, ref: Ref, value: Value | null): All {
    if (ref !== NONE) return this.reference(instance, ref);
    return value === null ? null : this.value(instance, value);
  }

  private value(instance: Instance, value: Value): All {
    switch (value.is) {
      case 'constant':
        return [value];
      case 'variable':
        return this.reference(instance, value.ref);
      case 'result':
        return this.result(instance, value.op);
      case 'text':
        return this.text(
          value.strings,
          value.parts.map(part => this.value(instance, part)),
        );
    }
  }

  private text(strings: string[], parts: readonly All[]): All {
    let all: KeyExpression[][] = [[]];
    for (const part of parts) {
      if (part === null) return null;
      const longer: KeyExpression[][] = [];
      for (const before of all)
        for (const known of part) {
          if (isFresh(known)) return null;
          longer.push([...before, known]);
        }
      if (longer.length > MOST_KEYS) return null;
      all = longer;
    }
    return all.map(own => textFrom(strings, own));
  }

  private reference(instance: Instance, ref: Ref): All {
    if (upOf(ref) === 0) return this.slot(instance, slotOf(ref));
    const owner = instance.ownerOf(ref);
    if (owner.fn.form === 'module') {
      const variable = owner.aliases?.has(slotOf(ref)) ? undefined : variableOf(owner.fn, slotOf(ref));
      return variable?.isConstant && variable.value?.is === 'constant' ? [variable.value] : null;
    }
    // A function that others may call as well has the variables of the task that made it.
    if (!this.reached.has(owner) || this.sharing.activations.has(owner)) return null;
    return this.slot(owner, slotOf(ref));
  }

  private slot(instance: Instance, slot: number): All {
    const id = instance.slot(slot);
    const known = this.ofSlot.get(id);
    if (known !== undefined) return known;
    // What a recursive function hands to itself is not followed.
    if (this.pending.has(id)) return null;
    this.pending.add(id);
    const found = this.find(instance, slot);
    this.pending.delete(id);
    const all = found === null ? null : distinct(found);
    this.ofSlot.set(id, all);
    return all;
  }

  private find(instance: Instance, slot: number): All {
    const { fn } = instance;
    if (slot === THIS_SLOT) return this.self(instance);
    const variable = variableOf(fn, slot);
    if (variable?.isReassigned) return null;
    const parameter = fn.params.indexOf(slot);
    if (parameter >= 0) return this.parameter(instance, parameter);
    if (instance === this.root && variable && !this.isRecursive) {
      const name = this.names.ofVariable(slot);
      if (name !== null) return [{ is: 'variable', name }];
    }
    // A `var` has another value before its declaration.
    if (variable && statementOf(fn, variable.at)?.kind === 'other') return null;
    if (variable?.value) return this.value(instance, variable.value);
    const op = definitionsOf(fn).bySlot.get(slot);
    if (!op) return null;
    // What is copied to a slot without a name is one of several values.
    if (op.op === 'copy') return variable ? this.reference(instance, op.from) : null;
    return this.result(instance, op);
  }

  private self(instance: Instance): All {
    if (instance === this.root) return this.isRecursive ? null : [{ is: 'this' }];
    const all: Known[] = [];
    for (const { caller, op } of this.callsOf(instance) ?? []) {
      // What a constructor has not put into its object yet is not there.
      if (op.op === 'call' && op.isNew) return null;
      const isPlain = op.op !== 'call' || (op.field !== null && op.self === NONE);
      const base = isPlain ? op.base : (op as CallOp).self;
      const own = base === NONE ? null : this.reference(caller, base);
      if (own === null) return null;
      all.push(...own);
    }
    return all.length === 0 ? null : all;
  }

  private parameter(instance: Instance, index: number): All {
    const { fn } = instance;
    // `arguments[0] = x` is an assignment of the parameter in sloppy code.
    if (fn.argumentsSlot >= 0 && fn.isSloppy) return null;
    const all: Known[] = [];
    if (instance === this.root) {
      if (this.isRecursive) return null;
      all.push({ is: 'parameter', index, name: this.names.ofParameter(fn.params[index] as number) });
    }
    if (this.sites.isHanded(instance, this.reached)) return null;
    for (const { caller, op } of this.sites.of(instance, this.reached)) {
      if (op.op !== 'call' || index >= op.args.length || (op.spread >= 0 && index >= op.spread)) return null;
      const own = this.operand(caller, op.args[index] as Ref, caller.fn.values.get(op)?.[index] ?? null);
      if (own === null) return null;
      all.push(...own);
    }
    return all.length === 0 ? null : all;
  }

  /** What an operation gives. */
  private result(instance: Instance, op: Op): All {
    switch (op.op) {
      case 'load':
        return this.property(instance, op.base, op.field);
      case 'alloc':
        return [{ is: 'made', instance, op }];
      case 'call':
        return this.returned(instance, op, false);
      case 'suspend': {
        if (op.kind !== 'await' || op.value === NONE || upOf(op.value) > 0) return null;
        const awaited = definitionsOf(instance.fn).bySlot.get(slotOf(op.value));
        return awaited?.op === 'call' ? this.returned(instance, awaited, true) : null;
      }
      default:
        return null;
    }
  }

  private property(instance: Instance, base: Ref, field: Field): All {
    const all = this.held(instance, base, field, false);
    // What nothing puts there may be inherited.
    return all?.length === 0 ? null : all;
  }

  /** What the objects of a variable have in a field; nothing for those that the task makes without it. */
  private held(instance: Instance, base: Ref, field: Field, isCopied: boolean): All {
    const { program, changes } = this;
    if (base === NONE || field === ELEMENT || field.startsWith('<') || program.mayCallAccessor(field))
      return null;
    if (!/^[A-Za-z_$][\w$]*$/.test(field)) return null;
    const owners = this.reference(instance, base);
    if (owners === null) return null;
    const tokens = program.solver.tokens(instance.node(base));
    const all: Known[] = [];
    for (const owner of owners) {
      if (owner.is === 'unique') return null;
      if (owner.is === 'made') {
        const own = this.stored(owner.instance, owner.op, field);
        if (own === null) return null;
        all.push(...own);
      } else if (isCopied && this.mayInherit(tokens, field)) return null;
      else all.push({ is: 'property', of: owner, name: field });
    }
    const isOfRoot = owners.some(({ is }) => is !== 'made');
    return isOfRoot && changes.mayChange(tokens, field, this.beside) ? null : all;
  }

  /** What was put into a field of an object when it was made, if nothing else ever is. */
  private stored(instance: Instance, made: Maker, field: Field): All {
    const { program, changes } = this;
    const builder = made.op === 'call' ? this.constructorOf(instance, made) : null;
    const contents =
      made.op === 'alloc'
        ? contentsOfLiteral(instance.fn, made.to, field)
        : builder && contentsOfNew(builder.fn, field);
    if (contents === null) return null;
    if (changes.mayEverChange(program.solver.tokens(instance.node(made.to)), field)) return null;
    const { stored, spread } = contents;
    const all = [
      ...(stored ? [this.operand(builder ?? instance, stored.ref, stored.value)] : []),
      // Where an object that is copied has no such field, what was there before stays.
      ...spread.map(from => this.held(instance, from, field, true)),
    ];
    return all.every(own => own !== null) ? all.flat() : null;
  }

  /** Whether objects may have a field that is not their own: no copy of them has it. */
  private mayInherit(tokens: TokenSet, field: Field): boolean {
    const { heap, solver, extendsBuiltins } = this.program;
    if (extendsBuiltins || isInherited(field)) return true;
    for (const id of tokens) {
      const { kind, type, key, fields } = heap.get(id);
      const isData = kind === 'input' && type === 'Data';
      const hasPrototype = solver.tokens(fields.get(PROTO) ?? NOWHERE).size > 0;
      if (!isData && !(type === 'Object' && key.startsWith('site:') && !hasPrototype)) return true;
    }
    return false;
  }

  /** The constructor that `new` runs, if what that gives is a new object. */
  private constructorOf(instance: Instance, op: CallOp): Instance | null {
    const record = this.recordOf(instance, op);
    if (record?.targets.size !== 1 || record.models.length > 0 || record.externals.size > 0) return null;
    const target = record.targets.at(0);
    const isObject = target.fn.form === 'constructor';
    return isObject && this.program.solver.tokens(target.slot(RETURN_SLOT)).size === 0 ? target : null;
  }

  private recordOf(instance: Instance, op: CallOp): CallRecord | undefined {
    const index = definitionsOf(instance.fn).indices.get(op);
    const record = index === undefined ? undefined : instance.calls.get(index);
    return record?.op === op ? record : undefined;
  }

  /** What the functions of the program return that a call runs. */
  private returned(instance: Instance, op: CallOp, isAwaited: boolean): All {
    const record = this.recordOf(instance, op);
    if (!record) return null;
    if (op.isNew) return this.constructorOf(instance, op) ? [{ is: 'made', instance, op }] : null;
    const isUnique = record.models.length > 0 && record.models.every(({ model }) => model.isUnique);
    if (isUnique && record.targets.size === 0 && record.externals.size === 0)
      return [{ is: 'unique', instance, op }];
    if (record.models.length > 0 || record.externals.size > 0 || record.targets.size === 0) return null;
    const all: Known[] = [];
    if (record.callbacks.size > 0 || record.later.size > 0) return null;
    for (const target of record.targets) {
      const { fn } = target;
      if (fn.isGenerator || fn.isAsync !== isAwaited) return null;
      for (const value of fn.returned) {
        const own = value === null ? null : this.value(target, value);
        if (own === null) return null;
        all.push(...own);
      }
    }
    return distinct(all);
  }
}

function foundIn(all: All): Found {
  if (all === null || all.length > MOST_KEYS) return null;
  const keys: KeyExpression[] = [];
  const fresh: Fresh[] = [];
  for (const known of all) {
    if (isFresh(known)) fresh.push(known);
    else if (sizeOf(known) > LARGEST) return null;
    else keys.push(known);
  }
  return { keys, fresh };
}

/** A template in which constants are part of the strings. */
function textFrom(strings: readonly string[], parts: readonly KeyExpression[]): KeyExpression {
  const merged = [strings[0] as string];
  const rest: KeyExpression[] = [];
  parts.forEach((part, i) => {
    const after = strings[i + 1] as string;
    if (part.is === 'constant') merged.push(`${merged.pop()}${part.value}${after}`);
    else {
      rest.push(part);
      merged.push(after);
    }
  });
  return rest.length === 0
    ? { is: 'constant', value: merged[0] as string }
    : { is: 'text', strings: merged, parts: rest };
}

function distinct(all: readonly Known[]): Known[] {
  const byText = new Map<string, Known>();
  for (const known of all) {
    const text = isFresh(known)
      ? `${known.is} ${known.instance.id} ${known.op.op} ${known.op.op === 'alloc' ? known.op.site : known.op.at}`
      : known.is === 'parameter'
        ? `parameter ${known.index}`
        : `${known.is} ${textOf(known)}`;
    byText.set(text, known);
  }
  return [...byText.values()];
}
