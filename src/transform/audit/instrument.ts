/**
 * The audit build: tells the audit of each access of storage that other tasks may reach, and of the beginning, suspension and
 * end of each function.
 *
 *     shelf.left -= 1;                     _audit().update(shelf, "left", "7:2").left -= 1;
 *     stock.get(sku)                       _audit().called(stock.get(sku), stock, "get", [sku], "8:9")
 *     await pay()                          _run.resume(await _run.suspend(pay()))
 *
 * It comes after all edits of the plan, so that it sees the code that will run. What the edits have put there is left alone,
 * but for its suspensions. First everything is looked at, then changed from the inside out: whether something is read or
 * assigned depends on what is around it.
 */
import type { NodePath, Visitor } from '@babel/traverse';
import type { Node, Statement } from '@babel/types';
import type { ModuleAudit } from '../../plan/audit-plan.js';
import { openChain } from '../optional-chain.js';
import type { Rewriting } from '../rewriting.js';
import { Auditing, isAuthors } from './auditing.js';
import { findCall, findNew, findSpread } from './calls.js';
import { findLoop } from './loops.js';
import { findAssignment, findDelete, findIn, findMember, findUpdate } from './members.js';
import { findDeclarator, findParameters } from './patterns.js';
import { auditRuns } from './runs.js';
import { findIdentifier, Variables } from './variables.js';

/** A change that has been found to be necessary. */
export type Change = () => void;

/** Instruments a module. `rewriting.runtime` must still be without its import. */
export function instrument(rewriting: Rewriting, plan: ModuleAudit): void {
  const { types, program } = rewriting;
  program.scope.crawl();
  openChains(rewriting);
  const auditing = new Auditing(rewriting, plan);
  const variables = new Variables(auditing);
  const changes: Change[] = [];
  const note = (change: Change | null): void => {
    if (change) changes.push(change);
  };

  const visitor: Visitor = {
    enter(path) {
      if (isOnlyType(path.node)) path.skip();
    },
    exit(path) {
      const { node } = path;
      if (!isAuthors(node)) return;
      switch (node.type) {
        case 'Identifier':
          return note(findIdentifier(auditing, variables, path as NodePath<typeof node>));
        case 'MemberExpression':
          return note(findMember(auditing, path as NodePath<typeof node>));
        case 'AssignmentExpression':
          return note(findAssignment(auditing, variables, path as NodePath<typeof node>));
        case 'UpdateExpression':
          return note(findUpdate(auditing, variables, path as NodePath<typeof node>));
        case 'UnaryExpression':
          return note(findDelete(auditing, path as NodePath<typeof node>));
        case 'BinaryExpression':
          return note(findIn(auditing, path as NodePath<typeof node>));
        case 'CallExpression':
          return note(findCall(auditing, path as NodePath<typeof node>));
        case 'NewExpression':
          return note(findNew(auditing, path as NodePath<typeof node>));
        case 'SpreadElement':
          return note(findSpread(auditing, path as NodePath<typeof node>));
        case 'VariableDeclarator':
          return note(findDeclarator(auditing, path as NodePath<typeof node>));
        case 'ForOfStatement':
        case 'ForInStatement':
          return note(findLoop(auditing, variables, path as NodePath<typeof node>));
        default:
          if (types.isFunction(node)) note(findParameters(auditing, path as NodePath<typeof node>));
      }
    },
  };
  program.traverse(visitor);
  for (const change of changes) change();
  const { begin, end } = auditRuns(auditing);
  const declared = variables.declare();
  rewriting.runtime.reference('audited');
  program.node.body.push(...end);
  const { body } = program.node;
  const imported = body.findIndex(
    node =>
      node.start == null &&
      (types.isImportDeclaration(node) || types.isVariableDeclaration(node, { kind: 'const' })),
  );
  body.splice(imported + 1, 0, ...declareAudit(auditing), ...declared, ...begin);
}

/** `var _auditOf; function _audit() { return _auditOf ??= _audited("src/shop.js", { ... }); }` */
function declareAudit({ types, audit, plan, rewriting }: Auditing): Statement[] {
  const kept = rewriting.program.scope.generateUid('auditOf');
  const made = types.callExpression(rewriting.runtime.reference('audited'), [
    types.stringLiteral(plan.module),
    types.valueToNode(plan.tables),
  ]);
  const value = types.assignmentExpression('??=', types.identifier(kept), made);
  const body = types.blockStatement([types.returnStatement(value)]);
  // Both are there before the module is evaluated: its functions may be called by modules of an import cycle.
  return [
    types.variableDeclaration('var', [types.variableDeclarator(types.identifier(kept))]),
    types.functionDeclaration(types.identifier(audit), [], body),
  ];
}

/** Takes all optional chains apart, as nothing can be put into the middle of one. */
function openChains(rewriting: Rewriting): void {
  const { types, program } = rewriting;
  const chains: NodePath[] = [];
  program.traverse({
    'OptionalMemberExpression|OptionalCallExpression': {
      exit(path: NodePath) {
        if (!isAuthors(path.node)) return;
        let outer = path;
        while (types.isTSNonNullExpression(outer.parent)) outer = outer.parentPath as NodePath;
        const continues = outer.key === 'object' || outer.key === 'callee';
        if (!(continues && /^Optional/.test(outer.parent.type))) chains.push(path);
      },
    },
  } as Visitor);
  for (const chain of chains) {
    openChain(rewriting, chain);
    for (const later of rewriting.afterwards.splice(0)) later.apply();
    rewriting.chainTests.clear();
  }
}

const VALUES_WITH_TYPES = new Set([
  'TSAsExpression',
  'TSExportAssignment',
  'TSInstantiationExpression',
  'TSNonNullExpression',
  'TSParameterProperty',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
]);

/** Declarations and annotations that are gone when the code runs, and namespaces, whose variables are properties. */
function isOnlyType({ type }: Node): boolean {
  return (type.startsWith('TS') && !VALUES_WITH_TYPES.has(type)) || type === 'TypeAnnotation';
}
