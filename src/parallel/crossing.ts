/**
 * What crosses between threads: arguments and results are copied, so they must be what can be copied, and be the same as copies.
 *
 * The copy of an object of a class has no class, that of a function does not exist. Of what comes from outside of the program nothing
 * is known; the runtime looks at it.
 */
import { KeyObject } from 'node:crypto';
import type { PointsTo } from '../effects/points-to.js';
import { reachableObjects } from '../effects/reachable.js';
import type { NodeId, TokenId } from '../effects/solver.js';
import type { Token } from '../effects/tokens.js';
import { PROTO, SETTLED } from '../ir/ir.js';

/** The types of which a copy is the same as the object. */
const COPYABLE: ReadonlySet<string> = new Set(
  'Object Array Map Set Date RegExp Error Buffer Data External AbortSignal Arguments'.split(' '),
);

/** All objects in what a node holds; of promises, in what they settle with. */
export function objectsIn(program: PointsTo, node: NodeId): Set<TokenId> {
  const found = new Set<TokenId>();
  for (const id of program.solver.tokens(node))
    for (const inner of reachableObjects(program, id)) found.add(inner);
  return found;
}

/** What cannot cross of all that a node holds, in words; null if all of it can. */
export function uncopyableIn(program: PointsTo, node: NodeId): string | null {
  for (const id of objectsIn(program, node)) {
    const why = whyNot(program, program.heap.get(id));
    if (why !== null) return why;
  }
  return null;
}

/** The same of what code outside of the program hands over. */
export function uncopyableInput(program: PointsTo, node: NodeId): string | null {
  for (const id of program.solver.tokens(node)) {
    const token = program.heap.get(id);
    if (token.kind !== 'input') continue;
    const why = whyNot(program, token);
    if (why !== null) return why;
  }
  return null;
}

/** The same of what a function returns, which is waited for. */
export function uncopyableResult(
  program: PointsTo,
  node: NodeId,
  seen: Set<TokenId> = new Set(),
): string | null {
  const { solver, heap } = program;
  for (const id of solver.tokens(node)) {
    if (seen.has(id)) continue;
    seen.add(id);
    const token = heap.get(id);
    const inner = token.type === 'Promise' ? token.fields.get(SETTLED) : undefined;
    if (token.type !== 'Promise') {
      for (const each of reachableObjects(program, id)) {
        const why = whyNot(program, heap.get(each));
        if (why !== null) return why;
      }
    } else if (inner !== undefined) {
      const why = uncopyableResult(program, inner, seen);
      if (why !== null) return why;
    }
  }
  return null;
}

function whyNot({ solver, heap, tangle }: PointsTo, token: Token): string | null {
  if (token === tangle) return token.name;
  if (token.kind === 'function') return `the function \`${token.name}\``;
  if (token.kind === 'builtin') return `the built-in \`${token.name}\``;
  if (token.kind === 'external') return null;
  if (!COPYABLE.has(token.type)) {
    const article = /^[AEIOU]/.test(token.type) ? 'an' : 'a';
    return `${article} \`${token.type}\``;
  }
  const proto = token.fields.get(PROTO);
  if (proto === undefined) return null;
  for (const id of solver.tokens(proto)) {
    const { name, kind } = heap.get(id);
    if (kind === 'object') return `an object of the class \`${name.replace(/\.prototype$/, '')}\``;
  }
  return null;
}

/** What copies are, and what primitive values have. */
const CLASSES: readonly { prototype: object }[] = [
  Object,
  Array,
  Map,
  Set,
  Date,
  RegExp,
  Error,
  String,
  Number,
  Boolean,
  BigInt,
  Symbol,
  ArrayBuffer,
  SharedArrayBuffer,
  DataView,
  Uint8Array,
  Buffer,
  Blob,
  AbortSignal,
  KeyObject,
];

/** Whether anything that can cross has a method of this name: any of Node's own classes. */
export const isMethodOfCopies = (name: string): boolean => CLASSES.some(({ prototype }) => name in prototype);
