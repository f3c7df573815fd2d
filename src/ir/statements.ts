/** Lowers statements: the paths that control may take between the expressions. */
import type * as t from '@babel/types';
import { emitDisposal, emitOpaque } from './calls.js';
import { lowerExpression, suspend } from './expressions.js';
import type { FunctionBuilder } from './function-builder.js';
import { lowerClass, lowerFunctionInto } from './functions.js';
import { ELEMENT, ITERATED, NONE, type Op, type Ref, type StatementKind } from './ir.js';
import { lowerModuleDeclaration } from './module-declarations.js';
import { assign } from './patterns.js';
import { declarationIn, declareLexical, declarePattern, Scope } from './scope.js';
import { noteLoopSearch } from './searches.js';
import { knownValue } from './values.js';

/** `break` leaves a `switch`, `continue` passes through it. */
const BREAK_ONLY = -1;
/** A labelled block: left only by naming it. */
const LABEL_ONLY = -2;

/** Lowers statements whose names are declared in `scope` already; function declarations first. */
export function lowerStatements(b: FunctionBuilder, scope: Scope, statements: readonly t.Statement[]): void {
  for (const statement of statements) {
    const node = declarationIn(statement);
    if (node?.type === 'FunctionDeclaration' && node.id && node.body && !node.declare)
      lowerFunctionDeclaration(b, scope, node, node.id);
  }
  b.inList(() => lowerInOrder(b, scope, statements));
}

/** What follows a `using` declaration is followed by the disposal, however it is left. */
function lowerInOrder(b: FunctionBuilder, scope: Scope, statements: readonly t.Statement[]): void {
  const index = statements.findIndex(s => s.type === 'VariableDeclaration' && /using$/.test(s.kind));
  const using = statements[index];
  for (const statement of index < 0 ? statements : statements.slice(0, index + 1))
    lowerListed(b, scope, statement);
  if (using?.type !== 'VariableDeclaration') return;
  b.tryStatement(
    () => lowerInOrder(b, scope, statements.slice(index + 1)),
    null,
    () => lowerDisposal(b, scope, using),
  );
}

/** A statement that stands in a list. */
function lowerListed(b: FunctionBuilder, scope: Scope, node: t.Statement): void {
  const span = { start: node.start ?? 0, end: node.end ?? 0 };
  b.inStatement(span, kindOf(node), () => lowerStatement(b, scope, node));
}

/** What stands under the head of another statement: a block, which is a list, or a single statement. */
function lowerUnder(b: FunctionBuilder, scope: Scope, node: t.Statement | null | undefined): void {
  if (!node) return;
  if (node.type === 'BlockStatement') lowerStatement(b, scope, node);
  else b.inList(() => lowerListed(b, scope, node));
}

function kindOf(node: t.Statement): StatementKind {
  switch (node.type) {
    case 'BlockStatement':
      return 'block';
    case 'IfStatement':
      return 'if';
    case 'SwitchStatement':
      return 'switch';
    case 'TryStatement':
      return 'try';
    case 'LabeledStatement':
      // Nothing can be put between a label and its loop.
      return node.body.type === 'BlockStatement' ? 'labeled' : 'loop';
    case 'WhileStatement':
    case 'DoWhileStatement':
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
      return 'loop';
    case 'ReturnStatement':
      return 'return';
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'ThrowStatement':
      return 'jump';
    case 'FunctionDeclaration':
      return 'function';
    case 'ClassDeclaration':
      return 'lexical';
    case 'VariableDeclaration':
      return /using$/.test(node.kind) ? 'using' : node.kind === 'var' ? 'other' : 'lexical';
    default:
      return 'other';
  }
}

function lowerDisposal(b: FunctionBuilder, scope: Scope, node: t.VariableDeclaration): void {
  const isAwait = node.kind === 'await using';
  for (const { id } of node.declarations) {
    const base = lowerExpression(b, scope, id);
    if (base !== NONE) emitDisposal(b, base, isAwait ? 'await' : 'none', node);
    if (isAwait) suspend(b, 'await', NONE, node);
  }
}

function lowerFunctionDeclaration(
  b: FunctionBuilder,
  scope: Scope,
  node: t.FunctionDeclaration,
  id: t.Identifier,
): void {
  const binding = scope.find(id.name);
  if (!binding) return;
  const ref = b.refTo(binding.owner, binding.slot);
  lowerFunctionInto(b, scope, node, id.name, null, ref);
  // Sloppy code sees a block's function outside of the block, too: there is a variable of that name for it.
  const outer = scope.parent?.find(id.name);
  if (b.module.isSloppy && outer?.owner === b) b.copy(ref, b.refTo(outer.owner, outer.slot));
}

export function lowerStatement(b: FunctionBuilder, scope: Scope, node: t.Statement | null | undefined): void {
  if (!node) return;
  switch (node.type) {
    case 'ExpressionStatement':
      lowerExpression(b, scope, node.expression);
      return;
    case 'VariableDeclaration':
      lowerVariables(b, scope, node);
      return;
    case 'ReturnStatement':
      lowerReturn(b, scope, node.argument, node.start ?? 0);
      b.exit();
      return;
    case 'ThrowStatement':
      b.copy(lowerExpression(b, scope, node.argument), b.module.globalRef(b, '<thrown>'));
      b.throw();
      return;
    case 'BlockStatement':
      lowerBlock(b, scope, node.body);
      return;
    case 'IfStatement': {
      lowerExpression(b, scope, node.test);
      const fork = b.current;
      b.advance();
      lowerUnder(b, scope, node.consequent);
      const consequentEnd = b.current;
      b.enter(fork);
      b.advance();
      lowerUnder(b, scope, node.alternate);
      b.advance();
      b.edge(consequentEnd, b.current);
      if (leaves(node.consequent)) notePrimitives(scope, node.test);
      return;
    }
    case 'WhileStatement':
      lowerLoop(
        b,
        () => lowerExpression(b, scope, node.test),
        () => lowerUnder(b, scope, node.body),
        null,
      );
      return;
    case 'DoWhileStatement': {
      const body = b.advance();
      const test = b.newBlock();
      const after = b.newBlock();
      b.withTarget(after, test, () => lowerUnder(b, scope, node.body));
      b.edge(b.current, test);
      b.enter(test);
      lowerExpression(b, scope, node.test);
      b.edge(b.current, body);
      b.edge(b.current, after);
      b.enter(after);
      return;
    }
    case 'ForStatement': {
      const inner = new Scope(scope, b);
      if (node.init?.type === 'VariableDeclaration') {
        declareLexical(inner, [node.init]);
        lowerVariables(b, inner, node.init);
      } else lowerExpression(b, inner, node.init);
      lowerLoop(
        b,
        () => lowerExpression(b, inner, node.test),
        () => lowerUnder(b, inner, node.body),
        () => lowerExpression(b, inner, node.update),
      );
      return;
    }
    case 'ForInStatement':
    case 'ForOfStatement':
      lowerIteration(b, scope, node);
      return;
    case 'SwitchStatement':
      lowerSwitch(b, scope, node);
      return;
    case 'TryStatement': {
      const { handler, finalizer } = node;
      b.tryStatement(
        () => lowerBlock(b, scope, node.block.body),
        handler ? () => lowerCatch(b, scope, handler) : null,
        finalizer ? () => lowerBlock(b, scope, finalizer.body) : null,
      );
      return;
    }
    case 'BreakStatement':
      b.jump('break', node.label?.name ?? null);
      return;
    case 'ContinueStatement':
      b.jump('continue', node.label?.name ?? null);
      return;
    case 'LabeledStatement': {
      b.label(node.label.name);
      if (/^(For|While|DoWhile|Switch|Labeled)/.test(node.body.type)) {
        lowerUnder(b, scope, node.body);
        return;
      }
      const after = b.newBlock();
      b.withTarget(after, LABEL_ONLY, () => lowerUnder(b, scope, node.body));
      b.edge(b.current, after);
      b.enter(after);
      return;
    }
    case 'WithStatement':
      lowerExpression(b, scope, node.object);
      emitOpaque(b, scope, 'with', node.start ?? 0);
      lowerUnder(b, scope, node.body);
      return;
    case 'ClassDeclaration': {
      if (node.declare) return;
      const binding = node.id ? scope.find(node.id.name) : undefined;
      lowerClass(b, scope, node, '', binding ? b.refTo(binding.owner, binding.slot) : undefined);
      return;
    }
    case 'TSEnumDeclaration':
    case 'TSModuleDeclaration':
    case 'TSImportEqualsDeclaration':
    case 'TSExportAssignment':
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
    case 'ExportAllDeclaration':
      lowerModuleDeclaration(b, scope, node);
      return;
  }
}

export function lowerBlock(b: FunctionBuilder, scope: Scope, statements: readonly t.Statement[]): void {
  const inner = new Scope(scope, b);
  declareLexical(inner, statements);
  lowerStatements(b, inner, statements);
}

/** @param at the statement, or the value of an arrow function without one */
export function lowerReturn(
  b: FunctionBuilder,
  scope: Scope,
  argument: t.Expression | null | undefined,
  at: number,
): void {
  const value = lowerExpression(b, scope, argument, '', 'return');
  b.returned.push(argument ? knownValue(b, scope, argument, value) : null);
  b.returnValue(value, at);
}

export function lowerVariables(b: FunctionBuilder, scope: Scope, node: t.VariableDeclaration): void {
  if (node.declare) return;
  for (const { id, init } of node.declarations) {
    const name = id.type === 'Identifier' ? id.name : '';
    if (!init) continue;
    const value = lowerExpression(b, scope, init, name);
    const known = id.type === 'Identifier' ? knownValue(b, scope, init, value) : null;
    assign(b, scope, id, value, true);
    const variable = name ? scope.find(name)?.variable : undefined;
    // A `var` that is declared twice is assigned twice.
    if (variable?.init) variable.isReassigned = true;
    else if (variable) {
      variable.init = { start: init.start ?? 0, end: init.end ?? 0 };
      variable.value = known;
    }
  }
}

function lowerLoop(b: FunctionBuilder, test: () => Ref, body: () => void, update: (() => void) | null): void {
  const header = b.advance();
  test();
  const fork = b.current;
  const after = b.newBlock();
  const next = b.newBlock();
  b.edge(fork, after);
  b.advance();
  b.withTarget(after, next, body);
  b.edge(b.current, next);
  b.enter(next);
  update?.();
  b.edge(b.current, header);
  b.enter(after);
}

function lowerIteration(b: FunctionBuilder, scope: Scope, node: t.ForInStatement | t.ForOfStatement): void {
  const at = node.start ?? 0;
  const iterable = lowerExpression(b, scope, node.right);
  const inner = new Scope(scope, b);
  const { left } = node;
  if (left.type === 'VariableDeclaration') {
    for (const d of left.declarations) {
      if (left.kind !== 'var') declarePattern(inner, d.id);
    }
  }
  const isAwait = node.type === 'ForOfStatement' && node.await;
  let load: Op | null = null;
  lowerLoop(
    b,
    () => {
      if (iterable !== NONE) {
        const each = b.newTemp();
        // Both kinds read the container; only `for of` gives what it holds.
        const isKeys = node.type === 'ForInStatement';
        load = { op: 'load', base: iterable, field: isKeys ? ELEMENT : ITERATED, to: each, at };
        b.emit(load);
        const value = isAwait ? suspend(b, 'await', each, node) : isKeys ? NONE : each;
        giveTo(b, inner, left, value);
      } else {
        if (isAwait) suspend(b, 'await', NONE, node);
        giveTo(b, inner, left, NONE);
      }
      return NONE;
    },
    () => lowerUnder(b, inner, node.body),
    null,
  );
  if (load && !isAwait) noteLoopSearch(b, node, load);
}

function giveTo(b: FunctionBuilder, scope: Scope, left: t.VariableDeclaration | t.LVal, value: Ref): void {
  if (left.type === 'VariableDeclaration') {
    for (const d of left.declarations) assign(b, scope, d.id, value, true);
  } else assign(b, scope, left, value, false);
}

function lowerSwitch(b: FunctionBuilder, scope: Scope, node: t.SwitchStatement): void {
  lowerExpression(b, scope, node.discriminant);
  const inner = new Scope(scope, b);
  const statements = node.cases.flatMap(c => c.consequent);
  declareLexical(inner, statements);
  const after = b.newBlock();
  const bodies = node.cases.map(() => b.newBlock());
  let hasDefault = false;
  node.cases.forEach((c, i) => {
    if (c.test) lowerExpression(b, inner, c.test);
    else hasDefault = true;
    b.edge(b.current, bodies[i] as number);
  });
  if (!hasDefault) b.edge(b.current, after);
  b.withTarget(after, BREAK_ONLY, () => {
    node.cases.forEach((c, i) => {
      if (i > 0) b.edge(b.current, bodies[i] as number);
      b.enter(bodies[i] as number);
      lowerStatements(b, inner, c.consequent);
    });
  });
  b.edge(b.current, after);
  b.enter(after);
}

function lowerCatch(b: FunctionBuilder, scope: Scope, handler: t.CatchClause): void {
  const inner = new Scope(scope, b);
  if (handler.param) {
    declarePattern(inner, handler.param);
    // What was thrown may be any object at all: it comes from the module's pool of thrown values.
    assign(b, inner, handler.param, b.module.globalRef(b, '<thrown>'), true);
  }
  lowerBlock(b, inner, handler.body.body);
}

/** True for a statement after which control does not go on. */
function leaves(node: t.Statement): boolean {
  if (node.type === 'BlockStatement') {
    const last = node.body[node.body.length - 1];
    return last !== undefined && leaves(last);
  }
  return node.type === 'ThrowStatement' || node.type === 'ReturnStatement';
}

const PRIMITIVE_NAMES = new Set(['string', 'number', 'boolean', 'bigint', 'symbol', 'undefined']);

/** What is known where `test` was false: after `typeof x !== 'string'`, that the constant `x` is no object. */
function notePrimitives(scope: Scope, test: t.Expression): void {
  if (test.type === 'LogicalExpression' && test.operator === '||') {
    notePrimitives(scope, test.left);
    notePrimitives(scope, test.right);
    return;
  }
  if (test.type !== 'BinaryExpression' || (test.operator !== '!==' && test.operator !== '!=')) return;
  const { left, right } = test;
  if (left.type !== 'UnaryExpression' || left.operator !== 'typeof' || left.argument.type !== 'Identifier')
    return;
  if (right.type !== 'StringLiteral' || !PRIMITIVE_NAMES.has(right.value)) return;
  const binding = scope.find(left.argument.name);
  if (binding?.variable.isConstant) scope.primitives.add(binding);
}
