/**
 * Regular expressions that remember where they have stopped: with the flag `g` or `y`, `exec` and `test` go on from there.
 *
 * One that a module keeps is state then, though nothing is written to it that could be seen.
 */
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import type { Token } from '../effects/tokens.js';
import { nodesAround } from '../graph/syntax.js';
import { type CallOp, NONE } from '../ir/ir.js';

/** Methods of regular expressions that go on. */
const GOING_ON: ReadonlySet<string> = new Set(['exec', 'test']);
/** Methods of strings that do with the flag `y`; with `g` alone, they begin anew. */
const TAKING: ReadonlySet<string> = new Set([
  'match',
  'matchAll',
  'replace',
  'replaceAll',
  'search',
  'split',
]);

/** The regular expressions that a call lets go on from where they have stopped. */
export function goingOn(program: PointsTo, instance: Instance, op: CallOp): TokenId[] {
  const { solver, heap } = program;
  const { base, field, args } = op;
  if (field === null) return [];
  const among = (ref: number, flags: RegExp): TokenId[] =>
    ref === NONE
      ? []
      : [...solver.tokens(instance.node(ref))].filter(id => flags.test(flagsOf(program, heap.get(id))));
  if (GOING_ON.has(field)) return among(base, /[gy]/);
  return TAKING.has(field) ? args.slice(0, 1).flatMap(ref => among(ref, /y/)) : [];
}

/** The flags of a regular expression; all of them if they are not known, none of anything else. */
function flagsOf({ modules }: PointsTo, { kind, type, module, at }: Token): string {
  if (kind !== 'object' || type !== 'RegExp') return '';
  const ast = modules.get(module ?? '')?.source.ast;
  const literal = ast && nodesAround(ast, at, at + 1).findLast(node => node.start === at);
  return literal?.type === 'RegExpLiteral' ? literal.flags : 'gy';
}
