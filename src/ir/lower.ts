/**
 * From a module's syntax to its intermediate form: the entrance of this stage.
 *
 * One walk over the tree, in source order. What the walk learns only later (whether a variable is captured
 * or assigned again) is used in a last pass that drops the operations which turn out not to matter.
 */
import type { File } from '@babel/types';
import type { SourceModule } from '../graph/module-graph.js';
import {
  type Field,
  type FunctionIR,
  type ModuleIR,
  NONE,
  type Op,
  type Ref,
  slotOf,
  upOf,
  type Variable,
} from './ir.js';
import { ModuleBuilder } from './module-builder.js';
import { declareImports } from './module-declarations.js';
import { writesBeforePublishing } from './publishing.js';
import { declareHoisted, declareLexical, Scope } from './scope.js';
import { lowerStatements } from './statements.js';

/** What is left of the last time, with what it depended on. */
interface Lowered {
  settings: string;
  ir: ModuleIR;
}

const lowered = new WeakMap<SourceModule, Lowered[]>();

/** More than two are not needed at once: a program and the same without some of its packages. */
const MOST_KEPT = 2;

/** The same, kept for every `SourceModule`. */
export function lowerModuleOnce(
  module: SourceModule,
  convertsObjects: boolean,
  constants: ReadonlyMap<string, Field>,
): ModuleIR {
  const settings = `${convertsObjects} ${JSON.stringify([...constants])}`;
  const all = lowered.get(module) ?? [];
  const known = all.find(one => one.settings === settings);
  if (known) return known.ir;
  const ir = lowerModule(module.ast, module.format, convertsObjects, constants);
  lowered.set(module, [{ settings, ir }, ...all].slice(0, MOST_KEPT));
  return ir;
}

/**
 * @param format how the module's exports are reached: by export statements or through `module.exports`
 * @param convertsObjects whether objects of the program may have methods that implicit conversions call
 * @param constants by name at the top of the module: the properties that names and members stand for as keys
 */
export function lowerModule(
  ast: File,
  format: 'esm' | 'commonjs',
  convertsObjects: boolean,
  constants: ReadonlyMap<string, Field>,
): ModuleIR {
  const { program } = ast;
  const isStrict = format === 'esm' || program.directives.some(d => d.value.value === 'use strict');
  const module = new ModuleBuilder(!isStrict, convertsObjects, constants);
  const body = module.newFunction(null, '', 'module', {
    isAsync: true,
    isGenerator: false,
    isStatic: false,
    start: program.start ?? 0,
    end: program.end ?? 0,
  });
  for (const directive of program.directives) body.directives.push(directive.value.value);
  const scope = new Scope(null, body);
  module.top = scope;
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
  // An accessor that is called in between may have changed the key.
  for (const { op, key } of module.copies) if (key.isCaptured && key.isReassigned) delete op.copied;
  const initial = new Set<Op>();
  for (const fn of module.finished)
    for (const op of writesBeforePublishing(
      fn,
      module.finished,
      op => module.assignments.has(op),
      forEachUse,
    ))
      initial.add(op);
  for (const fn of module.finished) prune(fn, module.finished, initial);
  dropUnused(module.finished);
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
    usedConstants: module.usedConstants,
    initialWrites: [...initial].flatMap(op => (op.op === 'variable' ? op.at : [])),
  };
}

/** Drops accesses of variables that no other function can see, or not yet, or that never change. */
function prune(fn: FunctionIR, functions: readonly FunctionIR[], initial: ReadonlySet<Op>): void {
  const dropped = fn.blocks.map(block => {
    const { ops, owners } = block;
    const isKept = ops.map(op => op.op !== 'variable' || (!initial.has(op) && matters(op, fn, functions)));
    const drops = isKept.includes(false);
    if (drops) {
      block.ops = ops.filter((_, i) => isKept[i]);
      block.owners = owners.filter((_, i) => isKept[i]);
    }
    fn.opCount += block.ops.length;
    return drops ? isKept : null;
  });
  for (const statement of fn.statements) {
    const isKept = dropped[statement.block];
    if (isKept) statement.op = isKept.slice(0, statement.op).filter(Boolean).length;
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

/** What is read into a slot that nobody looks at is read for its effects alone. */
function dropUnused(functions: readonly FunctionIR[]): void {
  const used = functions.map(fn => new Set(fn.variables.map(({ slot }) => slot)));
  functions.forEach((fn, index) => {
    const use = (ref: Ref): void => {
      let owner = index;
      for (let up = upOf(ref); up > 0; up--) owner = functions[owner]?.parent ?? -1;
      if (ref !== NONE) used[owner]?.add(slotOf(ref));
    };
    for (const { ops } of fn.blocks) for (const op of ops) forEachUse(op, use);
  });
  functions.forEach((fn, index) => {
    for (const { ops } of fn.blocks)
      for (const op of ops)
        if (op.op === 'load' && upOf(op.to) === 0 && !used[index]?.has(slotOf(op.to))) op.to = NONE;
  });
}

/** Calls `use` for the slots that an operation takes values from. */
function forEachUse(op: Op, use: (ref: Ref) => void): void {
  switch (op.op) {
    case 'copy':
    case 'spread':
      use(op.from);
      use(op.to);
      return;
    case 'load':
      use(op.base);
      return;
    case 'store':
    case 'accessor':
      use(op.base);
      use(op.from);
      return;
    case 'call':
      use(op.base);
      use(op.self);
      op.args.forEach(use);
      for (const { ref } of op.leaves) use(ref);
      return;
    case 'react':
      use(op.base);
      op.args.forEach(use);
      return;
    case 'convert':
      use(op.value);
      use(op.arg);
      return;
    case 'suspend':
    case 'return':
      use(op.value);
      return;
    case 'opaque':
      op.refs.forEach(use);
      return;
    case 'variable':
      use(op.ref);
      return;
    case 'alloc':
    case 'closure':
    case 'import':
      return;
  }
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
