/**
 * From a module's syntax to its intermediate form: the entrance of this stage.
 *
 * One walk over the tree, in source order. What the walk learns only later (whether a variable is captured
 * or assigned again) is used in a last pass that drops the operations which turn out not to matter.
 */
import type { File } from '@babel/types';
import type { SourceModule } from '../graph/module-graph.js';
import { type FunctionIR, type ModuleIR, NONE, type Op, slotOf, upOf, type Variable } from './ir.js';
import { ModuleBuilder } from './module-builder.js';
import { declareImports } from './module-declarations.js';
import { declareHoisted, declareLexical, Scope } from './scope.js';
import { lowerStatements } from './statements.js';

const lowered = new WeakMap<SourceModule, ModuleIR>();

/** The same, computed once for every `SourceModule`. */
export function lowerModuleOnce(module: SourceModule): ModuleIR {
  let ir = lowered.get(module);
  if (!ir) {
    ir = lowerModule(module.ast, module.format);
    lowered.set(module, ir);
  }
  return ir;
}

/** @param format how the module's exports are reached: by export statements or through `module.exports` */
export function lowerModule(ast: File, format: 'esm' | 'commonjs'): ModuleIR {
  const { program } = ast;
  const isStrict = format === 'esm' || program.directives.some(d => d.value.value === 'use strict');
  const module = new ModuleBuilder(!isStrict);
  const body = module.newFunction(null, '', 'module', {
    isAsync: true,
    isGenerator: false,
    isStatic: false,
    start: program.start ?? 0,
    end: program.end ?? 0,
  });
  for (const directive of program.directives) body.directives.push(directive.value.value);
  const scope = new Scope(null, body);
  declareImports(scope, program.body);
  declareHoisted(scope, program.body);
  declareLexical(scope, program.body);
  lowerStatements(body, scope, program.body);
  if (format === 'commonjs' || module.globals.has('module') || module.globals.has('exports')) {
    module.commonJs = {
      module: module.globalSlot('module'),
      exports: module.globalSlot('exports'),
      require: module.globalSlot('require'),
    };
  }
  module.finished[0] = body.finish();
  for (const fn of module.finished) prune(fn, module.finished);
  return {
    functions: module.finished,
    sites: module.sites,
    imports: module.imports,
    exports: module.exports,
    reExports: module.reExports,
    commonJs: module.commonJs,
    exportLeaves: module.exportLeaves,
    globals: module.globals,
    notes: module.notes,
  };
}

/** Drops accesses of variables that no other function can see or that never change. */
function prune(fn: FunctionIR, functions: readonly FunctionIR[]): void {
  for (const block of fn.blocks) {
    block.ops = block.ops.filter(op => op.op !== 'variable' || matters(op, fn, functions));
    fn.opCount += block.ops.length;
  }
}

function matters(
  op: Extract<Op, { op: 'variable' }>,
  fn: FunctionIR,
  functions: readonly FunctionIR[],
): boolean {
  let owner: FunctionIR | undefined = fn;
  for (let up = upOf(op.ref); up > 0 && owner; up--) owner = functions[owner.parent];
  const variable = owner && variableOf(owner, slotOf(op.ref));
  // A slot without a variable is an import or a name that nobody declares: somebody else may write it.
  if (!variable) return op.ref !== NONE && upOf(op.ref) + (owner?.index ?? 0) >= 0;
  return variable.isReassigned && (variable.isCaptured || upOf(op.ref) > 0);
}

const variablesBySlot = new WeakMap<FunctionIR, Map<number, Variable>>();

/** The named variable of `fn` that lives in `slot`. */
export function variableOf(fn: FunctionIR, slot: number): Variable | undefined {
  let map = variablesBySlot.get(fn);
  if (!map) {
    map = new Map(fn.variables.map(v => [v.slot, v]));
    variablesBySlot.set(fn, map);
  }
  return map.get(slot);
}
