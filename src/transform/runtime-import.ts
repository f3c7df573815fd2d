/**
 * The import that a rewritten module gets from the runtime, and the one from the runtime of parallel functions: only the functions it uses, under names that
 * nothing in the module has, in the module's own format.
 *
 * The format is the analysis's answer, not Babel's `sourceType`: that is "module" by default for CommonJS
 * sources too, and an `import` in one of them would make its `module.exports` throw.
 */
import type { NodePath } from '@babel/traverse';
import type { Identifier, Program, Statement } from '@babel/types';
import type { ModuleFormat } from '../graph/module-graph.js';
import type { Types } from './rewriting.js';

/** What transformed code may import from the runtime. */
export type RuntimeFunction =
  | 'schedule'
  | 'unscheduled'
  | 'floating'
  | 'floatingResults'
  | 'continuation'
  | 'belonging'
  | 'standAside'
  | 'scheduleMethod'
  | 'propertyKey'
  | 'guard'
  | 'begin'
  | 'mustWait'
  | 'turn'
  | 'audited'
  | 'variablesOf';

/** What modules with parallel functions may import. */
export type ParallelRuntimeFunction = 'parallel' | 'moving';

export class RuntimeImport<Name extends string = RuntimeFunction> {
  readonly #types: Types;
  readonly #program: NodePath<Program>;
  readonly #source: string;
  /** Whether the module is written in ES module syntax. */
  readonly isModule: boolean;
  readonly #locals = new Map<Name, string>();

  constructor(types: Types, program: NodePath<Program>, source: string, format: ModuleFormat) {
    this.#types = types;
    this.#program = program;
    this.#source = source;
    this.isModule = format === 'esm' || program.node.body.some(statement => isModuleSyntax(types, statement));
  }

  /** A reference to a function of the runtime. */
  reference(name: Name): Identifier {
    let local = this.#locals.get(name);
    if (local === undefined) {
      local = this.#program.scope.generateUid(name);
      this.#locals.set(name, local);
    }
    return this.#types.identifier(local);
  }

  /** Puts the import first in the program, if anything was referenced. */
  insert(): void {
    if (this.#locals.size === 0) return;
    const statement = this.isModule ? this.#importDeclaration() : this.#requireStatement();
    const [path] = this.#program.unshiftContainer('body', statement);
    this.#program.scope.registerDeclaration(path);
    // An ES module without imports of its own may have been parsed as a script ("unambiguous"); the
    // plugins that compile modules look at this field.
    if (this.isModule) this.#program.node.sourceType = 'module';
  }

  #importDeclaration(): Statement {
    const types = this.#types;
    const specifiers = [...this.#locals].map(([name, local]) =>
      types.importSpecifier(types.identifier(local), types.identifier(name)),
    );
    return types.importDeclaration(specifiers, types.stringLiteral(this.#source));
  }

  #requireStatement(): Statement {
    const types = this.#types;
    const properties = [...this.#locals].map(([name, local]) =>
      types.objectProperty(types.identifier(name), types.identifier(local)),
    );
    const required = types.callExpression(types.identifier('require'), [types.stringLiteral(this.#source)]);
    return types.variableDeclaration('const', [
      types.variableDeclarator(types.objectPattern(properties), required),
    ]);
  }
}

function isModuleSyntax(types: Types, statement: Statement): boolean {
  return (
    types.isImportDeclaration(statement) ||
    types.isExportNamedDeclaration(statement) ||
    types.isExportDefaultDeclaration(statement) ||
    types.isExportAllDeclaration(statement)
  );
}
