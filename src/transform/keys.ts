/**
 * The keys that a handler holds: `{ class: "carts[]", mode: "exclusive", keys: userId => [userId] }` among its needs, and
 * what its section hands to `keys` where it begins: `_section.enter(userId)`.
 *
 * A wrapper hands the arguments of the call to `keys`. A section in the body hands over the variables that the keys
 * are made of, and properties of those; `?.` because the handler may never come to the place where it uses them.
 */
import type { Expression, Identifier, ObjectExpression } from '@babel/types';
import type { KeyExpression } from '../keys/expression.js';
import { textOf } from '../keys/expression.js';
import type { HeldClass, PlannedHandler } from '../plan/plan.js';
import type { Types } from './rewriting.js';

/** A key, or the part of one that is not put together of others. */
type Leaf = Exclude<KeyExpression, { is: 'text' | 'constant' }>;

export const isKeyed = (held: HeldClass): held is HeldClass & { keys: KeyExpression[] } =>
  held.keys !== undefined;

/** What a section in the body of a handler hands to `enter`, or a gate to `mustWait` and `turn`. */
export function keyValues(types: Types, handler: PlannedHandler): Expression[] {
  return leavesOf(handler).map(leaf => valueOfLeaf(types, leaf, rootOf(types, leaf)));
}

/** The elements of `keyed` among the needs. */
export function keyedNeeds(types: Types, handler: PlannedHandler): ObjectExpression[] {
  const isBody = handler.bounds?.kind === 'body';
  const leaves = leavesOf(handler);
  const { params, names, usesThis } = isBody ? byLeaf(leaves) : byPosition(leaves);
  const expression = (key: KeyExpression): Expression => {
    switch (key.is) {
      case 'constant':
        return typeof key.value === 'string'
          ? types.stringLiteral(key.value)
          : types.numericLiteral(key.value);
      case 'text':
        return types.templateLiteral(
          key.strings.map((string, i) =>
            types.templateElement(
              { raw: string.replace(/[`\\]|\$\{/g, '\\$&'), cooked: string },
              i === key.strings.length - 1,
            ),
          ),
          key.parts.map(expression),
        );
      default: {
        if (isBody) return types.identifier(names.get(textOf(key)) as string);
        const root = leafRoot(key);
        return valueOfLeaf(
          types,
          key,
          root.is === 'this' ? types.thisExpression() : types.identifier(names.get(textOf(root)) as string),
        );
      }
    }
  };
  return locksOf(handler)
    .filter(isKeyed)
    .map(held => {
      const list = types.arrayExpression(held.keys.map(expression));
      const own = params.map(name => types.identifier(name));
      const find = usesThis
        ? types.functionExpression(null, own, types.blockStatement([types.returnStatement(list)]))
        : types.arrowFunctionExpression(own, list);
      const properties: [string, Expression][] = [
        ['class', types.stringLiteral(held.class)],
        ['mode', types.stringLiteral(held.mode)],
        ['keys', find],
        ...(held.asProperties ? [['asProperties', types.booleanLiteral(true)] as [string, Expression]] : []),
      ];
      return types.objectExpression(
        properties.map(([name, value]) => types.objectProperty(types.identifier(name), value)),
      );
    });
}

/** The classes whose locks a handler takes: those without a lock of their own are covered by them. */
export function locksOf({ classes }: PlannedHandler): HeldClass[] {
  return classes.filter(held => held.coveredBy === undefined);
}

/** All that the keys of a handler are made of, each once, in order. */
function leavesOf(handler: PlannedHandler): Leaf[] {
  const found = new Map<string, Leaf>();
  const visit = (key: KeyExpression): void => {
    if (key.is === 'text') key.parts.forEach(visit);
    else if (key.is !== 'constant') found.set(textOf(key), key);
  };
  for (const { keys } of locksOf(handler)) keys?.forEach(visit);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, leaf]) => leaf);
}

interface Names {
  params: string[];
  /** By the text of a leaf, or of what it is a property of. */
  names: Map<string, string>;
  usesThis: boolean;
}

/** Parameters named after what they stand for: `req.params.id` is `id`. */
function byLeaf(leaves: readonly Leaf[]): Names {
  const names = new Map<string, string>();
  const used = new Set<string>();
  for (const leaf of leaves) {
    const wanted = leaf.is === 'this' ? 'self' : leaf.is === 'property' ? leaf.name : (leaf.name ?? 'key');
    names.set(textOf(leaf), unused(wanted, used));
  }
  return { params: [...names.values()], names, usesThis: false };
}

/** The parameters of the handler, as far as they are needed. */
function byPosition(leaves: readonly Leaf[]): Names {
  const names = new Map<string, string>();
  const used = new Set<string>();
  const params: string[] = [];
  let usesThis = false;
  for (const leaf of leaves) {
    const root = leafRoot(leaf);
    if (root.is === 'this') usesThis = true;
    if (root.is !== 'parameter' || names.has(textOf(root))) continue;
    while (params.length <= root.index) params.push('');
    params[root.index] = unused(root.name ?? `arg${root.index}`, used);
    names.set(textOf(root), params[root.index] as string);
  }
  return { params: params.map((name, i) => name || unused(`arg${i}`, used)), names, usesThis };
}

/** Reserved words are names of properties, too. */
function unused(wanted: string, used: Set<string>): string {
  const base = RESERVED.test(wanted) ? `${wanted}Key` : wanted;
  let name = base;
  for (let i = 2; used.has(name); i++) name = `${base}${i}`;
  used.add(name);
  return name;
}

const RESERVED =
  /^(?:arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/;

function leafRoot(key: Leaf): Leaf {
  let root: KeyExpression = key;
  while (root.is === 'property') root = root.of;
  return root as Leaf;
}

function rootOf(types: Types, leaf: Leaf): Expression {
  const root = leafRoot(leaf);
  if (root.is === 'this') return types.thisExpression();
  return types.identifier((root as Extract<Leaf, { name: string | null }>).name as string);
}

/** A leaf, from the expression that it is a property of, however deep. */
function valueOfLeaf(types: Types, leaf: Leaf, root: Expression): Expression {
  if (leaf.is !== 'property') return root;
  const property: Identifier = types.identifier(leaf.name);
  return types.optionalMemberExpression(valueOfLeaf(types, leaf.of as Leaf, root), property, false, true);
}
