/**
 * Accesses of variables that are assigned after their declaration and that other functions can see: the variables of a
 * module, and those that a closure uses. An object made with them stands for the variables of one activation.
 */
import type { Binding, NodePath, Scope } from '@babel/traverse';
import type { Expression, Identifier, Node, Statement } from '@babel/types';
import { type Auditing, contextOf, isInParameters } from './auditing.js';
import type { Change } from './instrument.js';

/** A variable that is audited: what stands for it, and its name there. */
export interface AuditedVariable {
  owner: string;
  name: string;
}

export class Variables {
  private readonly owners = new Map<Scope, string>();
  private readonly ownersOfModules = new Map<string, string>();

  constructor(private readonly auditing: Auditing) {}

  /** The variable that a name means at `path`, if it is one to audit. */
  find(path: NodePath, name: string): AuditedVariable | null {
    const { plan } = this.auditing;
    const binding = path.scope.getBinding(name);
    if (!binding) return null;
    if (binding.kind === 'module') {
      const imported = Object.hasOwn(plan.imports, name) ? plan.imports[name] : undefined;
      return imported ? { owner: this.ownerOfModule(imported.module), name: imported.name } : null;
    }
    if (binding.constantViolations.length === 0 || !isVisibleToOthers(binding)) return null;
    const scope = scopeWithStatements(binding.scope);
    if (scope.path.isFunction() && isInParameters(path, scope.path)) return null;
    const owner = scope.path.isProgram() ? this.ownerOfModule(plan.module) : this.ownerOf(scope);
    return { owner, name };
  }

  /** Puts the objects that stand for variables where these are declared; returns the statements for the module. */
  declare(): Statement[] {
    const { types, rewriting } = this.auditing;
    for (const [scope, owner] of this.owners) {
      const made = types.variableDeclaration('const', [
        types.variableDeclarator(types.identifier(owner), types.objectExpression([])),
      ]);
      const { node } = scope.path;
      const block = types.isFunction(node) ? node.body : node;
      if (types.isBlockStatement(block) || types.isStaticBlock(block)) block.body.unshift(made);
    }
    return [...this.ownersOfModules].map(([module, owner]) =>
      types.variableDeclaration('var', [
        types.variableDeclarator(
          types.identifier(owner),
          types.callExpression(rewriting.runtime.reference('variablesOf'), [types.stringLiteral(module)]),
        ),
      ]),
    );
  }

  /** `_audit().method(value, _variables, "name", "line:column")` */
  note(method: string, value: Expression[], { owner, name }: AuditedVariable, original: Node): Expression {
    const { auditing } = this;
    const { types } = auditing;
    return auditing.call(
      method,
      [...value, types.identifier(owner), types.stringLiteral(name), auditing.at(original)],
      original,
    );
  }

  private ownerOf(scope: Scope): string {
    return known(this.owners, scope, () => scope.generateUid('variables'));
  }

  private ownerOfModule(module: string): string {
    const { program } = this.auditing.rewriting;
    return known(this.ownersOfModules, module, () => program.scope.generateUid('variables'));
  }
}

function known<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** The scope of a loop's head has no place for a statement of its own. */
function scopeWithStatements(scope: Scope): Scope {
  let outer = scope;
  while (!outer.path.isFunction() && !outer.path.isProgram() && !outer.path.isBlockStatement())
    outer = outer.parent;
  return outer;
}

function isVisibleToOthers({ scope, referencePaths, constantViolations }: Binding): boolean {
  if (scope.path.isProgram()) return true;
  const own = scope.getFunctionParent() ?? scope.getProgramParent();
  return [...referencePaths, ...constantViolations].some(
    path => (path.scope.getFunctionParent() ?? path.scope.getProgramParent()) !== own,
  );
}

/** A variable that is read. */
export function findIdentifier(
  { types }: Auditing,
  variables: Variables,
  path: NodePath<Identifier>,
): Change | null {
  if (!path.isReferencedIdentifier() || types.isExportSpecifier(path.parent)) return null;
  const { parent } = contextOf(types, path);
  if (parent && types.isUpdateExpression(parent.node)) return null;
  const variable = variables.find(path, path.node.name);
  if (!variable) return null;
  return () => {
    const { node } = path;
    if (types.isObjectProperty(path.parent)) path.parent.shorthand = false;
    replace(path, variables.note('variable', [node], variable, node));
  };
}

/** Puts an expression in the place of another, without looking at it again. */
export function replace({ container, key }: NodePath, node: Expression): void {
  (container as unknown as Record<string | number, Node>)[key as string] = node;
}
