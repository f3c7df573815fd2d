/**
 * Babel configurations with the plugin added, changed in as few characters as possible: what their authors wrote stays as it is.
 */
import { parse, parseExpression } from '@babel/parser';
import type { Expression, Node, ObjectExpression } from '@babel/types';
import type { BabelConfiguration } from './project-facts.js';

const PLUGIN = 'anyspeed/babel';

/** Whether a configuration names the plugin already. */
export const hasPlugin = ({ text }: BabelConfiguration): boolean => text.includes(PLUGIN);

/** The text with the plugin first in its list of plugins; null if it is not clear where that is. */
export function withPlugin({ path, text }: BabelConfiguration): string | null {
  const isJson = path.endsWith('.json') || path === '.babelrc';
  let found: ObjectExpression | null;
  try {
    found = isJson ? jsonObject(path, text) : exportedObject(text);
  } catch {
    return null;
  }
  return found && insert(found, text, isJson ? JSON.stringify(PLUGIN) : `'${PLUGIN}'`, isJson);
}

/** JSON, with comments or without, is an expression. */
function jsonObject(path: string, text: string): ObjectExpression | null {
  const object = asObject(parseExpression(text));
  return object && path === 'package.json' ? asObject(memberOf(object, 'babel')) : object;
}

/** What a module exports: an object, or a function that returns one in its only `return`. */
function exportedObject(text: string): ObjectExpression | null {
  const { program } = parse(text, { sourceType: 'unambiguous', plugins: ['typescript'] });
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration') return returned(statement.declaration);
    if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'AssignmentExpression')
      continue;
    const { left, right } = statement.expression;
    if (text.slice(left.start ?? 0, left.end ?? 0) === 'module.exports') return returned(right);
  }
  return null;
}

function returned(node: Node): ObjectExpression | null {
  if (node.type === 'ArrowFunctionExpression' && node.body.type !== 'BlockStatement')
    return asObject(node.body);
  if (
    node.type === 'ArrowFunctionExpression' ||
    node.type === 'FunctionExpression' ||
    node.type === 'FunctionDeclaration'
  ) {
    const statements = node.body.type === 'BlockStatement' ? node.body.body : [];
    const last = statements.at(-1);
    // Other statements may return something else.
    const isStraight = statements
      .slice(0, -1)
      .every(({ type }) => type === 'ExpressionStatement' || type === 'VariableDeclaration');
    return isStraight && last?.type === 'ReturnStatement' ? asObject(last.argument) : null;
  }
  return asObject(node);
}

function asObject(node: Node | null | undefined): ObjectExpression | null {
  if (node?.type === 'TSSatisfiesExpression' || node?.type === 'TSAsExpression')
    return asObject(node.expression);
  return node?.type === 'ObjectExpression' ? node : null;
}

function memberOf({ properties }: ObjectExpression, name: string): Expression | null {
  for (const property of properties) {
    if (property.type !== 'ObjectProperty' || property.computed) continue;
    const { key, value } = property;
    const isIt =
      (key.type === 'Identifier' && key.name === name) ||
      (key.type === 'StringLiteral' && key.value === name);
    if (isIt) return value as Expression;
  }
  return null;
}

function insert(object: ObjectExpression, text: string, plugin: string, isJson: boolean): string | null {
  const plugins = memberOf(object, 'plugins');
  if (plugins !== null) {
    if (plugins.type !== 'ArrayExpression') return null;
    return insertInto(plugins, plugins.elements, text, plugin);
  }
  const name = isJson ? '"plugins"' : 'plugins';
  return insertInto(object, object.properties, text, `${name}: [${plugin}]`);
}

/** Puts something before the first of a list, on a line of its own if that is. */
function insertInto(list: Node, members: readonly (Node | null)[], text: string, added: string): string {
  const start = (list.start ?? 0) + 1;
  const [first] = members;
  if (!first) return `${text.slice(0, start)}${added}${text.slice(start).replace(/^\s+/, '')}`;
  const between = text.slice(start, first.start ?? start);
  const indent = between.match(/\n[ \t]*$/)?.[0];
  const at = first.start ?? start;
  return `${text.slice(0, at)}${added},${indent ?? ' '}${text.slice(at)}`;
}
