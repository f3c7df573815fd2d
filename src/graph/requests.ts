/**
 * Finds what a module asks for by name: every request written as a literal.
 *
 * Requests that are computed lead anywhere and are for the analysis to judge; `require.resolve` loads
 * nothing. Whether `require` is really Node's is not decided here: a request too many only adds an edge.
 */
import type { CallExpression, File, Node, Statement } from '@babel/types';

export interface ModuleRequest {
  request: string;
  /** Decides which conditions of a package's `exports` hold. */
  style: 'import' | 'require';
  /** 1-based. */
  line: number;
  /** 0-based. */
  column: number;
}

/** Nearly half of all modules call neither, and need no walk below their top level. */
const MAY_CALL = /\brequire\b|\bimport\s*(?:\(|\/[/*])/;

/** The literal requests of a module in the order of its text. */
export function moduleRequests(ast: File, code: string): ModuleRequest[] {
  const requests: ModuleRequest[] = [];
  const add = (style: ModuleRequest['style'], source: Node | null | undefined) => {
    const request = literalText(source);
    if (request === undefined) return;
    const { line, column } = source?.loc?.start ?? { line: 1, column: 0 };
    requests.push({ request, style, line, column });
  };
  for (const statement of ast.program.body) addDeclared(statement, add);
  if (MAY_CALL.test(code)) {
    forEachCall(ast.program, call => {
      const { callee } = call;
      if (callee.type === 'Import') add('import', call.arguments[0]);
      else if (callee.type === 'Identifier' && callee.name === 'require') add('require', call.arguments[0]);
    });
    requests.sort((a, b) => a.line - b.line || a.column - b.column);
  }
  return requests;
}

type Add = (style: ModuleRequest['style'], source: Node | null | undefined) => void;

/** Imports and exports stand at the top level only; those inside `declare module` are types. */
function addDeclared(statement: Statement, add: Add): void {
  switch (statement.type) {
    case 'ImportDeclaration':
      if (statement.importKind !== 'type' && statement.importKind !== 'typeof') {
        if (!onlyTypes(statement.specifiers)) add('import', statement.source);
      }
      return;
    case 'ExportNamedDeclaration':
      if (statement.exportKind !== 'type' && !onlyTypes(statement.specifiers))
        add('import', statement.source);
      return;
    case 'ExportAllDeclaration':
      if (statement.exportKind !== 'type') add('import', statement.source);
      return;
    case 'TSImportEqualsDeclaration':
      if (statement.importKind !== 'type' && statement.moduleReference.type === 'TSExternalModuleReference') {
        add('require', statement.moduleReference.expression);
      }
      return;
  }
}

/** `import { type A } from 'x'`: compilers may leave the bare import behind, but nothing of it is used. */
function onlyTypes(specifiers: readonly Node[]): boolean {
  return (
    specifiers.length > 0 &&
    specifiers.every(specifier => {
      if (specifier.type === 'ImportSpecifier') {
        return specifier.importKind === 'type' || specifier.importKind === 'typeof';
      }
      return specifier.type === 'ExportSpecifier' && specifier.exportKind === 'type';
    })
  );
}

function literalText(node: Node | null | undefined): string | undefined {
  if (node?.type === 'StringLiteral') return node.value;
  if (node?.type !== 'TemplateLiteral' || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

/** A plain walk over everything that is a node: it needs no scopes, and Babel's traversal costs ten times as much. */
function forEachCall(root: Node, visit: (call: CallExpression) => void): void {
  const pending: object[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if ((node as Node).type === 'CallExpression') visit(node as CallExpression);
    for (const key in node) {
      // Not `extra`, which repeats literals, nor `loc`.
      if (key === 'loc' || key === 'extra') continue;
      const child = (node as Record<string, unknown>)[key];
      if (typeof child === 'object' && child !== null) pending.push(child);
    }
  }
}
