/**
 * Where the section of one function begins and ends.
 *
 * It begins before the statement with the first access on each path, at the innermost list of statements that this can
 * be said of, and never inside a loop: what is inside would ask at every turn. It ends before the first statement from
 * which no access can be reached, on each path. Nothing is entered after something was left: an entry stands
 * before an access, and where an access is still to come nothing is left.
 *
 * A gate is passed once on each path: whoever asked again would wait for those who stand in line behind, in the middle of
 * its segment. Where accesses in a branch and others after it would have a point each, the one point is before both.
 *
 * Where it waits for what only another task can bring, it is given up and entered again.
 *
 * A section that suspends before its first write begins with reading. It goes on to writing before the statement with
 * the first write on each path, by the same rules, so that it is open there. The wait that may come in the middle of a
 * segment does no harm: whatever the segment has read is held, so nobody else writes it.
 */
import type { FunctionIR, Span, StatementIR } from '../ir/ir.js';
import type { WholeReason } from '../plan/plan.js';
import { BodyFlow } from './flow.js';

/** What is known of the operations of a function that access conflicting state. */
export interface BodyAccesses {
  /** All of them. */
  touching: ReadonlySet<number>;
  /** Those that write. */
  writing: ReadonlySet<number>;
  /** Those whose accesses may come after a suspension that is not in this function. */
  lasting: ReadonlySet<number>;
  /** Each `await` of what only another task can bring. */
  waiting: ReadonlySet<number>;
  /** Operations in which code outside may call other handlers. */
  reentering: ReadonlySet<number>;
  /** Operations that call stages as units of their own. */
  staging: ReadonlySet<number>;
}

/** Indices into the statements of the function. */
export interface SectionPlacement {
  /** Before each of these the section is entered, unless it is open already. */
  enters: number[];
  /** Before each of these it is left, if it is open. */
  leaves: number[];
  /** Before each of these it goes on from reading to writing, if it has not; nothing if it does not begin with reading. */
  writes: number[];
  /** What it takes in later steps, and before which statements, unless it has it; missing if it takes all where it is entered. */
  grows?: readonly LaterClasses[];
  /** Each `await` during which it is given up, as another task has to bring what is waited for. */
  asides: Span[];
  /** Statements that hand on a promise whose work still accesses something. */
  settling: number[];
  /** Whether all accesses come before the first suspension after the entry: then nothing has to be held. */
  isGate: boolean;
}

/** A later step of a section. */
export interface LaterClasses {
  /** By index. */
  classes: readonly number[];
  /** Statements, by index. */
  before: readonly number[];
}

/** @returns why a section cannot be placed in the body, if it cannot */
export function placeSection(fn: FunctionIR, accesses: BodyAccesses): SectionPlacement | WholeReason {
  const { statements } = fn;
  if (fn.redeclaresFunctions) return 'redeclared-function';
  if (statements.some(({ kind }) => kind === 'using')) return 'disposal';
  const flow = new BodyFlow(fn);
  const suspending = new Set<number>();
  /** Whether a statement accesses something, by itself or in the statements inside. */
  const own = statements.map(() => false);
  const ownWrites = statements.map(() => false);
  const settling = new Set<number>();
  const waits = new Map<number, Span>();
  let isOutside = false;
  flow.forEachOp((op, index, owner) => {
    if (op.op === 'suspend') {
      suspending.add(index);
      if (accesses.waiting.has(index)) waits.set(index, { start: op.at, end: op.end });
    }
    if (!accesses.touching.has(index)) return;
    if (owner < 0) isOutside = true;
    else {
      own[owner] = true;
      if (accesses.writing.has(index)) ownWrites[owner] = true;
    }
    if ('join' in op && op.join === 'return' && accesses.lasting.has(index)) settling.add(owner);
  });
  if (isOutside) return 'parameters';
  for (const statement of settling) if (isInTry(statements, statement)) return 'promise-in-try';

  const enters = firstPoints(flow, own);
  const open = new Set(enters);
  const isNeeded = flow.mayCome(accesses.touching);
  const isHeld = flow.mayFollow(open);
  const mayWait = flow.mayCome(new Set([...suspending, ...accesses.reentering, ...accesses.staging]));
  const leaves = statements.flatMap((_, index) => {
    // A jump leads to where it is left, or out of the handler.
    if (isNeeded[index] || !isHeld[index] || !mayWait[index] || statements[index]?.kind === 'jump') return [];
    const previous = previousOf(statements, index);
    return previous < 0 || isNeeded[previous] ? [index] : [];
  });
  const gates = accesses.lasting.size === 0 ? onePerPath(flow, enters) : null;
  const isGate = gates !== null && !flow.maySuspendBetween(new Set(gates), accesses.touching);
  const held = isGate ? new Set<number>() : flow.operationsBetween(open, new Set(leaves));
  // Whoever is called then might wait for what is held here, and this one for it.
  for (const operation of accesses.reentering) if (held.has(operation)) return 'reentered';
  const firstWrites = firstPoints(flow, ownWrites);
  const isFirstWrite = new Set(firstWrites);
  const reading = flow.operationsBetween(new Set(enters.filter(s => !isFirstWrite.has(s))), isFirstWrite);
  const isUpdate = !isGate && [...suspending, ...accesses.lasting].some(operation => reading.has(operation));
  // What is never reached is not there.
  const isReached = (statement: number): boolean => isHeld[statement] === true || enters.includes(statement);
  return {
    enters: isGate ? gates : enters,
    leaves,
    writes: isUpdate ? firstWrites.filter(isReached) : [],
    asides: [...waits].flatMap(([index, span]) => (held.has(index) ? [span] : [])),
    settling: [...settling].filter(isReached),
    isGate,
  };
}

/**
 * The statements before the first of some accesses on each path, never inside a loop.
 * @param own by statement: whether it makes such an access, by itself
 */
export function firstPoints(flow: BodyFlow, own: readonly boolean[]): number[] {
  return firstOf(flow, enterPoints(flow.fn.statements, own));
}

/** Without those that another one comes before on every path. */
function firstOf(flow: BodyFlow, points: readonly number[]): number[] {
  const isAfter = flow.mustFollow(new Set(points));
  return points.filter(statement => !isAfter[statement]);
}

/** Points of which none comes after another, each before those whose place it takes; null if there are none. */
function onePerPath(flow: BodyFlow, points: number[]): number[] | null {
  const { statements } = flow.fn;
  for (let found = points; ; ) {
    const isAfter = flow.mayFollow(new Set(found));
    const later = found.find(point => isAfter[point]);
    if (later === undefined) return found;
    const earlier = found.find(point => point !== later && flow.mayFollow(new Set([point]))[later]);
    if (earlier === undefined) return null;
    const before = beforeBoth(statements, earlier, later);
    if (before < 0) return null;
    found = firstOf(flow, [...new Set([...found.filter(point => point !== earlier), before])]);
  }
}

/** The innermost statement around `earlier` that is in one list with one around `later`; -1 if there is none. */
function beforeBoth(statements: readonly StatementIR[], earlier: number, later: number): number {
  const statementAt = (index: number): StatementIR => statements[index] as StatementIR;
  const lists = new Set<number>();
  for (let at = later; at >= 0; at = statementAt(at).parent) lists.add(statementAt(at).list);
  // In a list that control may enter in the middle, it is not before all of the rest.
  let at = lists.has(statementAt(earlier).list) ? statementAt(earlier).parent : earlier;
  while (at >= 0 && !lists.has(statementAt(at).list)) at = statementAt(at).parent;
  return at;
}

/** The statements with accesses of their own, or the innermost ones around those that code can be put before. */
function enterPoints(statements: readonly StatementIR[], own: readonly boolean[]): number[] {
  const inside: number[][] = statements.map(() => []);
  const points: number[] = [];
  // Inner statements come after those around them.
  for (let index = statements.length - 1; index >= 0; index--) {
    const { kind, parent } = statements[index] as StatementIR;
    const within = inside[index] as number[];
    const isOpaque = own[index] || kind === 'loop' || kind === 'lexical' || kind === 'other';
    const found = isOpaque ? (own[index] || within.length > 0 ? [index] : []) : within;
    (parent < 0 ? points : (inside[parent] as number[])).push(...found);
  }
  return points.sort((a, b) => a - b);
}

/** The statement before in the same list, or else the one around the list; -1 at the start of the function. */
function previousOf(statements: readonly StatementIR[], index: number): number {
  const { list, parent } = statements[index] as StatementIR;
  for (let before = index - 1; before > parent; before--)
    if (statements[before]?.list === list) return before;
  return parent;
}

function isInTry(statements: readonly StatementIR[], index: number): boolean {
  for (let at = statements[index]?.parent ?? -1; at >= 0; at = statements[at]?.parent ?? -1)
    if (statements[at]?.kind === 'try') return true;
  return false;
}
