/**
 * How much work a function does, as far as that can be told without running it: the built-ins it calls that are known to take long,
 * and how deep its loops are nested, those of what it calls included.
 */
import type { Node } from '@babel/types';
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { childrenOf, nodesAround } from '../graph/syntax.js';
import type { FunctionIR } from '../ir/ir.js';
import { calleesOf } from './callees.js';
import { isFunction } from './outer-names.js';

export interface WorkOf {
  /** Names of built-ins that take long, ordered. */
  heavy: readonly string[];
  /** How many loops are inside of each other, at most. */
  depth: number;
}

/** What takes milliseconds for usual arguments. */
const HEAVY =
  /^(node:zlib\.\w+Sync|node:crypto\.(pbkdf2|scrypt|generateKeyPair|generatePrime|checkPrime|hkdf|privateDecrypt|privateEncrypt|publicDecrypt|publicEncrypt)Sync|(bcrypt|bcryptjs)\.\w*Sync|node:v8\.(de)?serialize)$/;
/** Deeper is not told apart: functions may call each other in circles. */
const MAX_DEPTH = 4;

const LOOPS: ReadonlySet<string> = new Set([
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
]);
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
    return this.look(fn, new Set()).work;
  }

  /** @returns what was found, and the functions around in which it would go on: it is not the whole answer then */
  private look(fn: FunctionIR, around: Set<FunctionIR>): { work: WorkOf; open: ReadonlySet<FunctionIR> } {
    const known = this.known.get(fn);
    if (known) return { work: known, open: NOBODY };
    if (around.has(fn)) return { work: NO_WORK, open: new Set([fn]) };
    around.add(fn);
    const heavy = new Set<string>();
    const open = new Set<FunctionIR>();
    let depth = 0;
    const [first] = this.instances.get(fn) ?? [];
    const loops = first ? loopsIn(first, fn) : [];
    for (const { start, end } of loops) depth = Math.max(depth, nestingOf(loops, start, end));
    for (const instance of this.instances.get(fn) ?? [])
      for (const record of instance.calls.values()) {
        const { op } = record;
        if (op.op !== 'call') continue;
        for (const { name } of calleesOf(this.program, instance, op)) if (HEAVY.test(name)) heavy.add(name);
        const outer = nestingOf(loops, op.at, op.end);
        for (const set of [record.targets, record.callbacks])
          for (const target of new Set([...set].map(each => each.fn))) {
            const inner = this.look(target, around);
            for (const name of inner.work.heavy) heavy.add(name);
            for (const other of inner.open) open.add(other);
            const repeated = set === record.callbacks && EACH.test(op.field ?? '') ? 1 : 0;
            depth = Math.max(depth, outer + repeated + inner.work.depth);
          }
      }
    around.delete(fn);
    open.delete(fn);
    const work = { heavy: [...heavy].sort(), depth: Math.min(depth, MAX_DEPTH) };
    if (open.size === 0) this.known.set(fn, work);
    return { work, open };
  }
}

const NO_WORK: WorkOf = { heavy: [], depth: 0 };
const NOBODY: ReadonlySet<FunctionIR> = new Set();

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
    if (LOOPS.has(node.type)) found.push({ start: node.start ?? 0, end: node.end ?? 0 });
    for (const child of childrenOf(node)) visit(child);
  };
  if (root) visit(root);
  return found;
}

const nestingOf = (loops: readonly Loop[], start: number, end: number): number =>
  loops.filter(loop => loop.start <= start && end <= loop.end).length;
