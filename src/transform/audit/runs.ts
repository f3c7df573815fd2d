/**
 * The runs of functions: where each begins, waits, goes on and ends.
 *
 *     async function buy(sku) {            async function buy(sku) {
 *                                            const _run = _audit().enter("3:0", "buy", arguments);
 *                                            try {
 *       await pay();                           _run.resume(await _run.suspend(pay()));
 *                                            } finally {
 *                                              _run.leave();
 *                                            }
 *     }                                    }
 */
import type { NodePath, Visitor } from '@babel/traverse';
import type {
  AwaitExpression,
  BlockStatement,
  Expression,
  ForOfStatement,
  Function as FunctionNode,
  ReturnStatement,
  Statement,
  TryStatement,
  YieldExpression,
} from '@babel/types';
import { type Auditing, isAuthors, placeOf } from './auditing.js';
import { bodyOf } from './patterns.js';
import { replace } from './variables.js';

/** A function, or the body of the module, with what in it has to be told of. */
interface Run {
  name: string;
  /** Nothing for the module. */
  fn: NodePath<FunctionNode> | null;
  suspensions: NodePath<AwaitExpression | YieldExpression>[];
  loops: NodePath<ForOfStatement>[];
  tries: NodePath<TryStatement>[];
  returns: NodePath<ReturnStatement>[];
  /** Ends scopes with calls and waits that cannot be seen. */
  hasDisposals: boolean;
}

/** Tells of all runs; returns the statements at the beginning and the end of the module. */
export function auditRuns(auditing: Auditing): { begin: Statement[]; end: Statement[] } {
  const { types, rewriting } = auditing;
  const body: Run = emptyRun(rewriting.program.scope.generateUid('evaluation'), null);
  const functions: Run[] = [];
  const open: Run[] = [body];
  const current = (): Run => open[open.length - 1] as Run;
  rewriting.program.traverse({
    Function: {
      enter(path) {
        open.push(emptyRun(path.scope.generateUid('run'), path));
      },
      exit() {
        functions.push(open.pop() as Run);
      },
    },
    AwaitExpression: {
      exit(path) {
        current().suspensions.push(path);
      },
    },
    YieldExpression: {
      exit(path) {
        current().suspensions.push(path);
      },
    },
    ForOfStatement: {
      exit(path) {
        if (path.node.await) current().loops.push(path);
      },
    },
    TryStatement: {
      exit(path) {
        current().tries.push(path);
      },
    },
    ReturnStatement: {
      exit(path) {
        current().returns.push(path);
      },
    },
    VariableDeclaration(path) {
      if (/using$/.test(path.node.kind)) current().hasDisposals = true;
    },
  } as Visitor);
  for (const run of functions) auditRun(auditing, run);
  tellOfSuspensions(auditing, body);
  const begin = types.variableDeclaration('const', [
    types.variableDeclarator(
      types.identifier(body.name),
      auditing.call('evaluate', [], rewriting.program.node),
    ),
  ]);
  return { begin: [begin], end: [types.expressionStatement(callOf(auditing, body, 'leave'))] };
}

const emptyRun = (name: string, fn: Run['fn']): Run => ({
  name,
  fn,
  suspensions: [],
  loops: [],
  tries: [],
  returns: [],
  hasDisposals: false,
});

function auditRun(auditing: Auditing, run: Run): void {
  const { types, plan } = auditing;
  const fn = run.fn as NodePath<FunctionNode>;
  const { node } = fn;
  if (!isAuthors(node) || run.hasDisposals || declaresTwice(fn)) return;
  if (isInParametersOfAnother(run)) return;
  const isHandler = Object.hasOwn(plan.tables.handlers, placeOf(node));
  tellOfSuspensions(auditing, run);
  if (node.async && node.generator) awaitReturned(auditing, run);
  if (isHandler && !node.async && !node.generator) tellOfResults(auditing, run);
  const body = bodyOf(auditing, node);
  const args = isHandler ? [argumentsOf(auditing, node)] : [];
  const entered = auditing.call(
    'enter',
    [auditing.at(node), types.stringLiteral(nameOf(auditing, fn)), ...args],
    node,
  );
  const left = types.expressionStatement(callOf(auditing, run, 'leave'));
  body.body = [
    types.variableDeclaration('const', [types.variableDeclarator(types.identifier(run.name), entered)]),
    types.tryStatement(types.blockStatement(body.body), null, types.blockStatement([left])),
  ];
}

/** In a block of its own, a function would not mean the same any more if something else has its name. */
function declaresTwice({ node, scope }: NodePath<FunctionNode>): boolean {
  if (node.body.type !== 'BlockStatement') return false;
  return node.body.body.some(statement => {
    if (statement.type !== 'FunctionDeclaration' || !statement.id) return false;
    const binding = scope.getOwnBinding(statement.id.name);
    return (
      binding?.kind === 'param' ||
      binding?.constantViolations.some(
        path => path.isFunctionDeclaration() || path.parentPath?.isVariableDeclaration({ kind: 'var' }),
      ) === true
    );
  });
}

/** `await` in the initial value of a parameter of an async generator and the like: there is no run yet. */
function isInParametersOfAnother({ fn, suspensions }: Run): boolean {
  return suspensions.some(({ node: { start } }) => {
    const body = fn?.node.body.start;
    return start != null && body != null && start < body && !fn?.isArrowFunctionExpression();
  });
}

function callOf({ types }: Auditing, { name }: Run, method: string, args: Expression[] = []): Expression {
  return types.callExpression(types.memberExpression(types.identifier(name), types.identifier(method)), args);
}

function tellOfSuspensions(auditing: Auditing, run: Run): void {
  const { types } = auditing;
  for (const path of run.suspensions) {
    const { node } = path;
    node.argument = callOf(auditing, run, 'suspend', node.argument ? [node.argument] : []);
    replace(path, callOf(auditing, run, types.isYieldExpression(node) ? 'driven' : 'resume', [node]));
  }
  const resumed = (): Statement => types.expressionStatement(callOf(auditing, run, 'resume'));
  if (run.suspensions.length + run.loops.length > 0)
    for (const { node } of run.tries) {
      node.handler?.body.body.unshift(resumed());
      node.finalizer?.body.unshift(resumed());
    }
  for (const path of run.loops) {
    const { node } = path;
    const suspended = types.expressionStatement(callOf(auditing, run, 'suspend'));
    node.right = callOf(auditing, run, 'suspend', [callOf(auditing, run, 'iterated', [node.right])]);
    node.body = types.blockStatement([
      resumed(),
      types.tryStatement(types.blockStatement([node.body]), null, types.blockStatement([suspended])),
    ]);
    let outer: NodePath = path;
    while (outer.parentPath?.isLabeledStatement()) outer = outer.parentPath;
    const { container, key } = outer;
    const both = [outer.node as Statement, resumed()];
    if (Array.isArray(container)) container.splice(container.indexOf(outer.node), 1, ...(both as never[]));
    else (container as unknown as Record<string, BlockStatement>)[key as string] = types.blockStatement(both);
  }
}

/** An async generator waits for what it returns before its `finally`s. */
function awaitReturned(auditing: Auditing, run: Run): void {
  const { types } = auditing;
  for (const { node } of run.returns)
    if (node.argument)
      node.argument = callOf(auditing, run, 'resume', [
        types.awaitExpression(callOf(auditing, run, 'suspend', [node.argument])),
      ]);
}

/** What a handler that is not async returns may be a promise, and its task goes on as long as that. */
function tellOfResults(auditing: Auditing, run: Run): void {
  const { types } = auditing;
  const { node } = run.fn as NodePath<FunctionNode>;
  if (!types.isBlockStatement(node.body))
    (node as { body: Expression }).body = callOf(auditing, run, 'returned', [node.body as Expression]);
  for (const { node: statement } of run.returns)
    if (statement.argument) statement.argument = callOf(auditing, run, 'returned', [statement.argument]);
}

function argumentsOf({ types }: Auditing, fn: FunctionNode): Expression {
  if (!types.isArrowFunctionExpression(fn)) return types.identifier('arguments');
  return types.arrayExpression(
    fn.params.flatMap(param => {
      const named = types.isAssignmentPattern(param) ? param.left : param;
      return types.isIdentifier(named) ? [types.identifier(named.name)] : [];
    }),
  );
}

/** What a function is called in messages. */
function nameOf({ types }: Auditing, { node, parent }: NodePath<FunctionNode>): string {
  if ('id' in node && node.id) return node.id.name;
  if ('key' in node && types.isIdentifier(node.key)) return node.key.name;
  if ('key' in node && types.isPrivateName(node.key)) return `#${node.key.id.name}`;
  if (types.isVariableDeclarator(parent) && types.isIdentifier(parent.id)) return parent.id.name;
  if (types.isObjectProperty(parent) && types.isIdentifier(parent.key)) return parent.key.name;
  return `<function at ${placeOf(node)}>`;
}
