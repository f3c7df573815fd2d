/**
 * How much work a function does, as far as that can be told without running it: the built-ins it calls that are known to take long,
 * and how deep its loops are nested, those of what it calls included.
 */
import type { Node } from '@babel/types';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { childrenOf, isFunction, isLoop, nodesAround } from '../graph/syntax.js';
import type { FunctionIR } from '../ir/ir.js';
import { calleesOf } from './callees.js';
import { PARALLEL } from './parallel.js';

export interface WorkOf {
  /** Names of built-ins that take long, ordered. */
  heavy: readonly string[];
  /** How many loops are inside of each other, at most. */
  depth: number;
}

/** What takes milliseconds for usual arguments. */
const HEAVY =
  /^(node:zlib\.\w+Sync|node:crypto\.(pbkdf2|scrypt|generateKeyPair|generatePrime|checkPrime|hkdf|privateDecrypt|privateEncrypt|publicDecrypt|publicEncrypt)Sync|(bcrypt|bcryptjs)\.\w*Sync|node:v8\.(de)?serialize)$/;
/** Deeper is not told apart. */
const MAX_DEPTH = 4;

/** Methods that call a function for each of many things. */
const EACH = /^(every|filter|find|findIndex|findLast|flatMap|forEach|map|reduce|reduceRight|some|sort)$/;

export class Work {
  private readonly instances = new Map<FunctionIR, Instance[]>();
  private readonly known = new Map<FunctionIR, WorkOf>();

  constructor(private readonly program: PointsTo) {
    for (const instance of program.instances.all) {
      const own = this.instances.get(instance.fn);
      if (own) own.push(instance);
      else this.instances.set(instance.fn, [instance]);
    }
  }

  of(fn: FunctionIR): WorkOf {
    if (!this.known.has(fn)) this.findFrom(fn);
    return this.known.get(fn) as WorkOf;
  }

  /**
   * Finds it of `start` and all that it calls. Functions that call each other in circles do the same work, and a call within the
   * circle adds nothing to it: how often that is made is not seen. The circles are found as Tarjan does (1972), with the path in a list,
   * as programs call deeper than the stack is.
   */
  private findFrom(start: FunctionIR): void {
    const visits = new Map<FunctionIR, Visit>();
    const open: Visit[] = [];
    const enter = (fn: FunctionIR): Visit => {
      const own = this.ownOf(fn);
      const visit = { fn, own, rest: [...own.calls.keys()], order: visits.size, lowest: visits.size };
      visits.set(fn, visit);
      open.push(visit);
      return visit;
    };
    const path = [enter(start)];
    for (let visit = path.at(-1); visit; visit = path.at(-1)) {
      const next = visit.rest.pop();
      if (next !== undefined) {
        const seen = visits.get(next);
        if (this.known.has(next)) continue;
        if (seen) visit.lowest = Math.min(visit.lowest, seen.order);
        else path.push(enter(next));
        continue;
      }
      path.pop();
      const caller = path.at(-1);
      if (caller) caller.lowest = Math.min(caller.lowest, visit.lowest);
      if (visit.lowest === visit.order) this.finish(open.splice(open.indexOf(visit)));
    }
  }

  /** All that a circle calls is known. */
  private finish(circle: readonly Visit[]): void {
    const heavy = new Set<string>();
    let depth = 0;
    for (const { own } of circle) {
      for (const name of own.heavy) heavy.add(name);
      depth = Math.max(depth, own.depth);
      for (const [target, around] of own.calls) {
        const inner = this.known.get(target);
        if (!inner) continue;
        for (const name of inner.heavy) heavy.add(name);
        depth = Math.max(depth, around + inner.depth);
      }
    }
    const work = { heavy: [...heavy].sort(), depth: Math.min(depth, MAX_DEPTH) };
    for (const { fn } of circle) this.known.set(fn, work);
  }

  private ownOf(fn: FunctionIR): Own {
    const own: Own = { heavy: new Set(), depth: 0, calls: new Map() };
    const instances = this.instances.get(fn) ?? [];
    const loops = instances[0] ? loopsIn(instances[0], fn) : [];
    for (const { start, end } of loops) own.depth = Math.max(own.depth, nestingOf(loops, start, end));
    for (const instance of instances)
      for (const { op, targets, callbacks } of instance.calls.values()) {
        if (op.op !== 'call') continue;
        for (const { name } of calleesOf(this.program, instance, op))
          if (HEAVY.test(name)) own.heavy.add(name);
        const around = nestingOf(loops, op.at, op.end);
        const note = (target: Instance, loopsAround: number): void => {
          // What that does is done in another thread already.
          if (target.fn.directives.includes(PARALLEL)) return;
          own.depth = Math.max(own.depth, loopsAround);
          own.calls.set(target.fn, Math.max(loopsAround, own.calls.get(target.fn) ?? 0));
        };
        for (const target of targets) note(target, around);
        for (const target of callbacks) note(target, around + (EACH.test(op.field ?? '') ? 1 : 0));
      }
    return own;
  }
}

/** What a function does itself. */
interface Own {
  heavy: Set<string>;
  depth: number;
  /** The functions that it calls, with how many loops are around the call, at most. */
  calls: Map<FunctionIR, number>;
}

/** A function on the way, or in a circle that is not closed yet. */
interface Visit {
  fn: FunctionIR;
  own: Own;
  /** The functions it calls that have not been looked at. */
  rest: FunctionIR[];
  order: number;
  /** The first function, by order, that it is in a circle with. */
  lowest: number;
}

interface Loop {
  start: number;
  end: number;
}

/** The loops of a function, without those of functions in it. */
function loopsIn({ module }: Instance, { start, end }: FunctionIR): Loop[] {
  const root = nodesAround(module.source.ast, start, end).findLast(isFunction);
  const found: Loop[] = [];
  const visit = (node: Node): void => {
    if (node !== root && isFunction(node)) return;
    if (isLoop(node)) found.push({ start: node.start ?? 0, end: node.end ?? 0 });
    for (const child of childrenOf(node)) visit(child);
  };
  if (root) visit(root);
  return found;
}

const nestingOf = (loops: readonly Loop[], start: number, end: number): number =>
  loops.filter(loop => loop.start <= start && end <= loop.end).length;
