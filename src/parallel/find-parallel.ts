/**
 * Finds the functions with "use parallel", what each needs in another thread, and what keeps any from being run there.
 */
import type { CallRecord, Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { SourceModule } from '../graph/module-graph.js';
import { nodesAround } from '../graph/syntax.js';
import { type CallOp, type FunctionIR, NONE, RETURN_SLOT } from '../ir/ir.js';
import { byKeys } from '../order/by-keys.js';
import { uncopyableIn, uncopyableInput, uncopyableResult } from './crossing.js';
import { declarationsOf, type Piece, pieceOfValue } from './declarations.js';
import { movedIn } from './moves.js';
import { PARALLEL, type ParallelFunction, type Problem, type Slice } from './parallel.js';
import { Prover } from './proof.js';
import { sliceOf } from './slice.js';

/** A function with the directive. */
export interface FoundParallel {
  parallel: ParallelFunction;
  /** Null of a function of a kind that cannot leave its thread at all, and of one that nothing calls. */
  slice: Slice | null;
  isCalled: boolean;
  /** The calls of it, one for each place. */
  calls: readonly ParallelCall[];
  /** In the order of the sources. It is proven if there are none. */
  problems: readonly Problem[];
}

/** A place where the program calls the function. */
export interface ParallelCall {
  module: SourceModule;
  op: CallOp;
  records: { instance: Instance; record: CallRecord }[];
  /** The arguments whose buffers are not used afterwards, by their numbers. */
  moved: readonly number[];
}

/** The functions of the program that have the directive, in the order of the sources. */
export function findParallel(program: PointsTo): FoundParallel[] {
  const declared: ParallelFunction[] = [];
  const ids = new Map<string, number>();
  for (const { source, ir } of program.modules.values())
    for (const fn of ir.functions)
      if (fn.directives.includes(PARALLEL)) {
        const name = `${source.id}#${fn.name}`;
        const count = (ids.get(name) ?? 0) + 1;
        ids.set(name, count);
        declared.push({ id: count === 1 ? name : `${name}~${count}`, module: source, fn });
      }
  if (declared.length === 0) return [];
  const prover = new Prover(program);
  return declared.map(parallel => judge(program, prover, parallel));
}

/** What is found of a function, whether it has the directive or not. */
export function judge(program: PointsTo, prover: Prover, parallel: ParallelFunction): FoundParallel {
  const { module, fn } = parallel;
  const refusal = refusalOf(fn);
  if (refusal !== null) {
    const problem: Problem = {
      code: 'parallel-form',
      module: module.id,
      at: fn.start,
      item: null,
      what: refusal,
    };
    return { parallel, slice: null, isCalled: true, calls: [], problems: [problem] };
  }
  // Without a call, nothing is known of what it does.
  if (!program.instances.all.some(instance => instance.fn === fn))
    return { parallel, slice: null, isCalled: false, calls: [], problems: [] };
  const calls = callsOf(program, fn);
  const { slice, problems } = look(program, prover, parallel, calls);
  const unawaited = fn.isAsync ? [] : valueProblems(program, parallel, calls);
  const finished = calls.map(call => ({ ...call, moved: movedIn(program, call) }));
  return { parallel, slice, isCalled: true, calls: finished, problems: inOrder([...problems, ...unawaited]) };
}

/** What a function needs in another thread, and why it would not be the same there, whoever waits for it. */
function look(
  program: PointsTo,
  prover: Prover,
  parallel: ParallelFunction,
  calls: readonly ParallelCall[],
): { slice: Slice; problems: Problem[] } {
  const { slice, problems } = sliceOf(program, parallel.module, pieceOf(parallel));
  return {
    slice,
    problems: [
      ...problems,
      ...prover.problemsOf(parallel, slice),
      ...argumentProblems(program, calls),
      ...outsideProblems(program, parallel),
      ...resultProblems(program, parallel),
    ],
  };
}

/** Whether a function would be the same in another thread if somebody waited for each call. */
export function isProvable(
  program: PointsTo,
  prover: Prover,
  parallel: ParallelFunction,
  calls: readonly ParallelCall[],
): boolean {
  if (refusalOf(parallel.fn) !== null) return false;
  // What is asked for first is cheap, and most functions fail there.
  const { slice, problems } = sliceOf(program, parallel.module, pieceOf(parallel), true);
  if (problems.length > 0) return false;
  for (const _ of argumentProblems(program, calls)) return false;
  for (const _ of outsideProblems(program, parallel)) return false;
  for (const _ of resultProblems(program, parallel)) return false;
  return prover.problemsOf(parallel, slice).length === 0;
}

function refusalOf({ form, isGenerator, parent }: FunctionIR): string | null {
  if (isGenerator) return 'a generator goes on whenever its caller asks for the next value';
  if (form === 'method' || form === 'accessor' || form === 'constructor')
    return `a ${form} belongs to an object, which stays in its thread`;
  if (parent !== 0)
    return 'it is made anew at every call of the function around it, whose variables stay in their thread';
  return null;
}

/** The piece of its module that the function is. */
function pieceOf({ module, fn }: ParallelFunction): Piece {
  for (const declared of declarationsOf(module).names.values()) {
    if (declared.is !== 'piece') continue;
    const { piece } = declared;
    const node =
      piece.kind === 'variable' && piece.node.type === 'VariableDeclarator' ? piece.init : piece.node;
    if (node?.start === fn.start && node.end === fn.end) return piece;
  }
  const node = nodesAround(module.ast, fn.start, fn.end).findLast(
    each => each.start === fn.start && each.end === fn.end,
  );
  if (!node) throw new Error(`There is no function at ${module.id}:${fn.start}.`);
  return pieceOfValue(node);
}

/** The calls of a function, one for each place. */
export function callsOf({ modules, instances }: PointsTo, fn: FunctionIR): ParallelCall[] {
  const found = new Map<string, ParallelCall>();
  for (const instance of instances.all)
    for (const record of instance.calls.values()) {
      const { op } = record;
      if (op.op !== 'call') continue;
      const isCall = (target: Instance): boolean => target.fn === fn;
      if (!record.targets.some(isCall) && !record.stages?.some(isCall)) continue;
      const key = `${instance.moduleId}:${op.at}:${op.end}`;
      const known = found.get(key);
      const module = modules.get(instance.moduleId)?.source as SourceModule;
      if (known) known.records.push({ instance, record });
      else found.set(key, { module, op, records: [{ instance, record }], moved: [] });
    }
  return [...found.values()].sort(
    byKeys<ParallelCall>(
      c => c.module.id,
      c => c.op.at,
      c => c.op.end,
    ),
  );
}

function* argumentProblems(program: PointsTo, calls: readonly ParallelCall[]): Iterable<Problem> {
  for (const { module, op, records } of calls)
    for (const [index, ref] of op.args.entries()) {
      if (ref === NONE) continue;
      for (const { instance } of records) {
        const why = uncopyableIn(program, instance.node(ref));
        if (why === null) continue;
        const what = `argument ${index + 1} holds ${why}`;
        yield { code: 'parallel-argument', module: module.id, at: op.at, item: null, what };
        break;
      }
    }
}

/** What code outside of the program calls the function with, if that is known: requests, sockets. */
function* outsideProblems(program: PointsTo, { module, fn }: ParallelFunction): Iterable<Problem> {
  for (const instance of program.instances.all) {
    if (instance.fn !== fn) continue;
    for (const [index, slot] of fn.params.entries()) {
      const why = uncopyableInput(program, instance.slot(slot));
      if (why === null) continue;
      const what = `it is called from outside of the program, and argument ${index + 1} holds ${why}`;
      yield { code: 'parallel-argument', module: module.id, at: fn.start, item: null, what };
      return;
    }
  }
}

function* resultProblems(program: PointsTo, { module, fn }: ParallelFunction): Iterable<Problem> {
  for (const instance of program.instances.all) {
    if (instance.fn !== fn) continue;
    const why = uncopyableResult(program, instance.slot(RETURN_SLOT));
    if (why === null) continue;
    yield { code: 'parallel-result', module: module.id, at: fn.start, item: null, what: why };
    return;
  }
}

/** The calls of a sync function whose value somebody uses without waiting for it. */
function* valueProblems(
  program: PointsTo,
  { fn }: ParallelFunction,
  calls: readonly ParallelCall[],
): Iterable<Problem> {
  for (const call of calls) {
    const { module, op } = call;
    if (!isAwaited(call)) yield notAwaited(module.id, op.at, 'its value is used here as it is');
  }
  const seen = new Set<string>();
  for (const instance of program.instances.all)
    for (const { op, callbacks } of instance.calls.values()) {
      const key = `${instance.moduleId}:${op.at}`;
      if (seen.has(key) || !callbacks.some(target => target.fn === fn)) continue;
      seen.add(key);
      yield notAwaited(instance.moduleId, op.at, 'what it is handed to here takes its value as it is');
    }
}

/** Whether whoever calls the function there can do with a promise. */
export const isAwaited = ({ op, records }: ParallelCall): boolean =>
  op.join === 'await' || (op.join === 'return' && records.every(({ instance }) => instance.fn.isAsync));

const notAwaited = (module: string, at: number, what: string): Problem => ({
  code: 'parallel-not-awaited',
  module,
  at,
  item: null,
  what,
});

/** One for each place. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const unique = new Map<string, Problem>();
  for (const problem of problems) {
    const key = `${problem.code} ${problem.module} ${problem.at}`;
    if (!unique.has(key)) unique.set(key, problem);
  }
  return [...unique.values()].sort(
    byKeys<Problem>(
      p => p.module,
      p => p.at,
      p => p.code,
      p => p.what,
    ),
  );
}
