/**
 * Which constants does each module use as keys, wherever they come from?
 *
 * What a name at the top of a module means follows from declarations (`ir/constants.ts`) and from where imports lead. A variable that
 * is declared with `const` needs no more than that. A property of an object does, such as `symbols.kState` or what
 * `const { kState } = require('./symbols')` takes: somebody may change it. So that is assumed at first, and looked at when it is known
 * where the object may get (`refutedConstants`). The first to break an assumption does so in a run that agreed with all of
 * them until then, so it is among what was found under them.
 */
import type { ModuleGraph, ModuleId, SourceModule } from '../graph/module-graph.js';
import { type Constants, constantsOf, type Known } from '../ir/constants.js';
import { ELEMENT, type Field, type Op } from '../ir/ir.js';
import type { Instance } from './instances.js';
import type { FunctionModel } from './models/model.js';
import type { PointsTo } from './points-to.js';
import type { TokenId } from './solver.js';

/** A property that is taken for a constant: of what a variable at the top of the module holds, or of what it exports. */
interface Assumed {
  module: ModuleId;
  variable: string | null;
  property: string;
}

interface Resolved {
  field: Field;
  assumed: readonly Assumed[];
}

export interface ConstantKeys {
  /** By name in the module. */
  fields: ReadonlyMap<string, Field>;
  assumed: ReadonlyMap<string, readonly Assumed[]>;
}

const NO_KEYS: ConstantKeys = { fields: new Map(), assumed: new Map() };

/** A constant that is named after another one, and so on, is followed so far. */
const MAX_STEPS = 8;

const found = new WeakMap<SourceModule, Constants>();

function constantsIn(module: SourceModule): Constants {
  let constants = found.get(module);
  if (!constants) {
    constants = constantsOf(module.ast, module.code);
    found.set(module, constants);
  }
  return constants;
}

/** @param isAssuming whether properties of objects are taken for constants as well */
export function findConstantKeys(graph: ModuleGraph, isAssuming: boolean): Map<ModuleId, ConstantKeys> {
  const all = new Map<ModuleId, ConstantKeys>();
  for (const module of graph.modules.values()) {
    const fields = new Map<string, Field>();
    const assumed = new Map<string, readonly Assumed[]>();
    for (const name of constantsIn(module).asked) {
      const resolved = resolveName(graph, module, name, 0);
      if (!resolved || (resolved.assumed.length > 0 && !isAssuming)) continue;
      fields.set(name, resolved.field);
      if (resolved.assumed.length > 0) assumed.set(name, resolved.assumed);
    }
    all.set(module.id, fields.size === 0 ? NO_KEYS : { fields, assumed });
  }
  return all;
}

function resolveName(graph: ModuleGraph, module: SourceModule, name: string, steps: number): Resolved | null {
  const { names, namespaces } = constantsIn(module);
  const known = names.get(name);
  if (known) return resolve(graph, module, known, name, steps);
  const dot = name.indexOf('.');
  if (dot < 0) return null;
  const [object, property] = [name.slice(0, dot), name.slice(dot + 1)];
  const request = namespaces.get(object);
  if (request !== undefined)
    return resolve(graph, module, { is: 'export', request, name: property }, name, steps);
  // An object that is imported by its name.
  const imported = names.get(object);
  if (imported?.is !== 'export') return null;
  const symbol = builtinSymbol(module, imported.request, `${imported.name}.${property}`);
  if (symbol !== null) return { field: symbol, assumed: [] };
  const target = targetOf(graph, module, imported.request);
  const own = target && constantsIn(target).exports.get(imported.name);
  if (target?.format !== 'esm' || own?.is !== 'name') return null;
  return resolveName(graph, target, `${own.name}.${property}`, steps + 1);
}

function resolve(
  graph: ModuleGraph,
  module: SourceModule,
  known: Known,
  name: string,
  steps: number,
): Resolved | null {
  if (steps > MAX_STEPS) return null;
  switch (known.is) {
    case 'field':
      return { field: known.field, assumed: [] };
    case 'name':
      return resolveName(graph, module, known.name, steps + 1);
    case 'member': {
      const value = resolve(graph, module, known.of, name, steps + 1);
      const [object = '', property = ''] = name.split('.');
      return (
        value && { ...value, assumed: [...value.assumed, { module: module.id, variable: object, property }] }
      );
    }
    case 'export':
      return resolveExport(graph, module, known, steps);
  }
}

function resolveExport(
  graph: ModuleGraph,
  module: SourceModule,
  { request, name }: Extract<Known, { is: 'export' }>,
  steps: number,
): Resolved | null {
  const symbol = builtinSymbol(module, request, name);
  if (symbol !== null) return { field: symbol, assumed: [] };
  const target = targetOf(graph, module, request);
  const known = target && constantsIn(target).exports.get(name);
  if (!target || !known) return null;
  if (target.format === 'esm') return resolve(graph, target, known, name, steps + 1);
  // In a circle of modules one may get another's exports before they are complete.
  for (const { kind } of target.imports.values()) if (kind !== 'external') return null;
  const value = resolve(graph, target, known.is === 'member' ? known.of : known, name, steps + 1);
  return (
    value && { ...value, assumed: [...value.assumed, { module: target.id, variable: null, property: name }] }
  );
}

/** The symbols that Node's modules export, all of them constant. */
const BUILTIN_SYMBOLS: Readonly<Record<string, Field>> = {
  'node:events captureRejectionSymbol': '@for nodejs.rejection',
  'node:events errorMonitor': '@events.errorMonitor',
  'node:util inspect.custom': '@for nodejs.util.inspect.custom',
  'node:util promisify.custom': '@for nodejs.util.promisify.custom',
};

function builtinSymbol(module: SourceModule, request: string, name: string): Field | null {
  const resolution = module.imports.get(request);
  return (resolution?.kind === 'external' && BUILTIN_SYMBOLS[`${resolution.name} ${name}`]) || null;
}

function targetOf({ modules }: ModuleGraph, module: SourceModule, request: string): SourceModule | undefined {
  const resolution = module.imports.get(request);
  return resolution?.kind === 'module' ? modules.get(resolution.id) : undefined;
}

/** Whether some property that was taken for a constant may be none. To be asked for when the program is solved. */
export function refutedConstants(program: PointsTo): boolean {
  const objects = new Map<TokenId, Map<string, ModuleId>>();
  for (const { ir, source } of program.modules.values())
    for (const name of ir.usedConstants)
      for (const assumed of program.constantKeys.get(source.id)?.assumed.get(name) ?? [])
        for (const holder of holdersOf(program, assumed)) {
          if (program.heap.get(holder).kind !== 'object') return true;
          const properties = objects.get(holder) ?? new Map<string, ModuleId>();
          objects.set(holder, properties.set(assumed.property, assumed.module));
        }
  return objects.size > 0 && new Changes(program, objects).any();
}

/** The objects that have the property: of a module's exports both those that it begins with and those it puts in their place. */
function holdersOf(program: PointsTo, { module, variable }: Assumed): TokenId[] {
  const body = program.bodies.get(module) as Instance;
  const slot = body.fn.variables.find(({ name }) => name === variable)?.slot;
  const nodes =
    variable === null ? program.exports.nodesOf(module) : slot === undefined ? [] : [body.slot(slot)];
  return nodes.flatMap(node => [...program.solver.tokens(node)]);
}

/** Looks for what may change the properties of objects, or add to them. */
class Changes {
  /** By module and property: the store that defines it. */
  private readonly stores = new Map<string, Op>();

  constructor(
    private readonly program: PointsTo,
    /** By object: the properties, with the modules that define them. */
    private readonly objects: ReadonlyMap<TokenId, ReadonlyMap<string, ModuleId>>,
  ) {}

  any(): boolean {
    const { heap, tangle, instances } = this.program;
    for (const id of this.objects.keys()) if (heap.get(id).isTangled || heap.get(id) === tangle) return true;
    for (const token of heap.tokens) if (token.contents >= 0 && this.isAnyIn(token.contents)) return true;
    return instances.all.some(instance => this.isChangedBy(instance));
  }

  private isAnyIn(node: number): boolean {
    const tokens = this.program.solver.tokens(node);
    if (tokens.size === 0) return false;
    for (const id of this.objects.keys()) if (tokens.has(id)) return true;
    return false;
  }

  private isChangedBy(instance: Instance): boolean {
    for (const { models } of instance.calls.values())
      for (const { model, self, args } of models)
        if (mayChange(model) && [self, ...args].some(node => this.isAnyIn(node))) return true;
    for (const { ops } of instance.fn.blocks)
      for (const op of ops) {
        if (op.op === 'store' && this.isChange(instance, op)) return true;
        if (op.op === 'accessor' && this.isAnyIn(instance.node(op.base))) return true;
        if (op.op === 'opaque' && op.refs.some(ref => this.isAnyIn(instance.node(ref)))) return true;
      }
    return false;
  }

  private isChange(instance: Instance, op: Extract<Op, { op: 'store' }>): boolean {
    const base = this.program.solver.tokens(instance.node(op.base));
    if (base.size === 0) return false;
    for (const [id, properties] of this.objects) {
      const module = properties.get(op.field);
      if ((module === undefined && op.field !== ELEMENT) || !base.has(id)) continue;
      // The one that defines it runs once, when nobody has the object yet.
      const isDefinition = instance.fn.form === 'module' && instance.moduleId === module;
      const key = `${module} ${op.field}`;
      if (!isDefinition || (this.stores.get(key) ?? op) !== op) return true;
      this.stores.set(key, op);
    }
    return false;
  }
}

/** Whether a built-in function may put something into what it is handed. */
const mayChange = ({ writes, flows, retains, calls }: FunctionModel): boolean =>
  [writes, retains, calls].some(list => list !== undefined && list.length > 0) ||
  (flows ?? []).some(([, to]) => !to.startsWith('return'));
