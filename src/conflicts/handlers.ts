/**
 * Handlers: the functions that are called from outside the program, and where each is handed over.
 *
 * Where a function is handed over by an expression of its own (`app.post('/x', wrap(create))`), that
 * expression is the handler: the wrapper's closure is another one for every route. Where it is found inside of
 * something (an exported object, a class), its definition is.
 */

import type { Instance } from '../effects/instances.js';
import type { Root } from '../effects/outside.js';
import type { PointsTo } from '../effects/points-to.js';
import type { TokenId } from '../effects/solver.js';
import type { Token } from '../effects/tokens.js';
import type { ModuleId } from '../graph/module-graph.js';
import type { CallOp, FunctionIR, Span } from '../ir/ir.js';
import { NONE, RETURN_SLOT, slotOf } from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import { byKeys } from '../order/by-keys.js';
import type { HandlerKind } from '../plan/plan.js';

/** A place where the handler's function is wrapped. */
export type WrapSite = { module: ModuleId; span: Span } & (
  | { kind: 'expression' }
  | { kind: 'declaration' | 'method' }
);

export interface Handler {
  id: string;
  kind: HandlerKind;
  module: ModuleId;
  at: number;
  fn: FunctionIR;
  tokens: TokenId[];
  instances: Instance[];
  sites: WrapSite[];
  /** Code of the program may come by the scheduled function as a value and call it. */
  isReachableInside: boolean;
  isOptedOut: boolean;
  /** A stage: calls of the program may reach it as a unit of its own. */
  isStage: boolean;
  /** Something outside may call it. Of a stage, that need not be so. */
  isEntrance: boolean;
  /** A stage all of whose calls are part of what calls it: none of its runs is a task. */
  isMerged: boolean;
}

/** The activations of a handler that something outside calls. */
export const entrancesOf = ({ isEntrance, instances }: Handler): readonly Instance[] =>
  isEntrance ? instances : [];

interface Registration {
  instance: Instance;
  op: CallOp;
  span: Span;
}

export const OPT_OUT = 'use unscheduled';

/** @param stages the stages that tasks call, with the activations in which they do */
export function findHandlers(
  program: PointsTo,
  stages: ReadonlyMap<FunctionIR, readonly Instance[]> = new Map(),
): Handler[] {
  const registrations = findRegistrations(program);
  const loose = findLoose(program);
  const exported = findExportSites(program);
  const handlers: Handler[] = [];
  /** Functions that are wrapped where they are defined: one handler for all their closures. */
  const defined = new Map<FunctionIR, Handler>();
  for (const root of sortedRoots(program)) {
    const token = program.heap.get(root.token);
    const { fn } = token;
    if (
      !fn ||
      !token.module ||
      fn.form === 'accessor' ||
      fn.form === 'constructor' ||
      fn.form === 'initializer'
    )
      continue;
    // A stage is scheduled where it is defined, so that every call reaches it as such.
    const isStage = stages.has(fn);
    const places = isStage ? undefined : registrations.get(root.token);
    const exportSite = isStage ? undefined : exported.get(root.token);
    const isOwn = token.parent?.fn.form === 'module' && !token.bound;
    const isHandedOver =
      places !== undefined && places.length > 0 && !loose.has(root.token) && !root.isInside;
    if (isHandedOver && !root.kinds.has('export')) {
      handlers.push(handlerAt(program, token, root, places));
    } else if (exportSite && !isOwn && !token.isTangled) {
      handlers.push({
        ...describe(program, token, root, null),
        sites: [
          { kind: 'expression', ...exportSite },
          ...(places ?? []).map(p => ({
            kind: 'expression' as const,
            module: p.instance.moduleId,
            span: p.span,
          })),
        ],
        isReachableInside: true,
      });
    } else {
      const known = defined.get(fn);
      if (known) {
        known.tokens.push(token.id);
        known.instances.push(...root.instances);
        continue;
      }
      const handler: Handler = {
        ...describe(program, token, root, null),
        sites: [siteOf(fn, token.module)],
        isReachableInside: true,
      };
      defined.set(fn, handler);
      handlers.push(handler);
    }
  }
  for (const [fn, instances] of stages) {
    const known = defined.get(fn);
    if (known) addStage(program, known, instances);
    else handlers.push(stageOf(program, fn, instances));
  }
  return nameHandlers(handlers);
}

/** What else calls a handler that is a stage as well. */
function addStage(program: PointsTo, handler: Handler, instances: readonly Instance[]): void {
  handler.isStage = true;
  handler.tokens = [...new Set([...handler.tokens, ...tokensOf(program, handler.fn)])];
  handler.instances = [...new Set([...handler.instances, ...instances])];
}

/** A stage that only the program itself calls. */
function stageOf(program: PointsTo, fn: FunctionIR, instances: readonly Instance[]): Handler {
  const module = (instances[0] as Instance).moduleId;
  return {
    id: `${module}#${fn.name}`,
    kind: 'stage',
    module,
    at: fn.start,
    fn,
    tokens: tokensOf(program, fn),
    instances: [...instances],
    sites: [siteOf(fn, module)],
    isReachableInside: true,
    isOptedOut: false,
    isStage: true,
    isEntrance: false,
    isMerged: false,
  };
}

function tokensOf({ heap }: PointsTo, fn: FunctionIR): TokenId[] {
  return heap.tokens.filter(token => token.fn === fn).map(({ id }) => id);
}

function siteOf(fn: FunctionIR, module: ModuleId): WrapSite {
  return { kind: siteKind(fn), module, span: { start: fn.start, end: fn.end } };
}

function siteKind(fn: FunctionIR): WrapSite['kind'] {
  return fn.form === 'declaration' ? 'declaration' : fn.form === 'method' ? 'method' : 'expression';
}

/** In the order of the sources, whatever order the solver found them in. */
function sortedRoots(program: PointsTo): Root[] {
  return [...program.roots.values()].sort(
    byKeys<Root>(
      r => program.heap.get(r.token).module ?? '',
      r => program.heap.get(r.token).at,
      r => program.heap.get(r.token).key,
    ),
  );
}

function handlerAt(program: PointsTo, token: Token, root: Root, places: Registration[]): Handler {
  return {
    ...describe(program, token, root, places[0] ?? null),
    sites: places.map(p => ({ kind: 'expression', module: p.instance.moduleId, span: p.span })),
    isReachableInside: false,
  };
}

function describe(
  program: PointsTo,
  token: Token,
  root: Root,
  place: Registration | null,
): Omit<Handler, 'sites' | 'isReachableInside'> {
  const fn = token.fn as FunctionIR;
  const isNamed = token.parent?.fn.form === 'module' && !fn.name.includes('<anonymous>');
  const useName = isNamed || !place;
  return {
    id: useName ? `${token.module}#${fn.name}` : `${place.instance.moduleId}#${registrationName(place)}`,
    kind: kindOf(root, place),
    module: useName ? (token.module as ModuleId) : place.instance.moduleId,
    at: useName ? token.at : place.span.start,
    fn,
    tokens: [token.id],
    instances: [...root.instances],
    isOptedOut: fn.directives.includes(OPT_OUT) || isWithinOptOut(program, token),
    isStage: false,
    isEntrance: true,
    isMerged: false,
  };
}

/** `asyncHandler(fn)`: the closure answers for what it was made for only if `fn` itself opted out; that is seen in its own right. */
function isWithinOptOut(program: PointsTo, token: Token): boolean {
  if (!token.bound) return false;
  const target = program.heap.get(token.bound.target);
  return target.fn?.directives.includes(OPT_OUT) ?? false;
}

const VERBS = new Set([
  'get',
  'post',
  'put',
  'patch',
  'delete',
  'del',
  'head',
  'options',
  'all',
  'use',
  'route',
  'handle',
]);
const LISTENS = new Set([
  'on',
  'once',
  'addListener',
  'prependListener',
  'addEventListener',
  'prependOnceListener',
]);

function kindOf(root: Root, place: Registration | null): HandlerKind {
  for (const kind of ['route', 'listener', 'timer'] as const) if (root.kinds.has(kind)) return kind;
  const field = place?.op.field ?? '';
  if (LISTENS.has(field) && typeof place?.op.literals[0] === 'string') return 'listener';
  if (VERBS.has(field)) return 'route';
  return root.kinds.has('export') ? 'export' : 'callback';
}

/** `post("/orders")`, `on("message")`, `setInterval`. */
function registrationName({ instance, op }: Registration): string {
  const literal = op.literals[0];
  const name = op.field ?? calleeName(instance, op) ?? 'callback';
  return typeof literal === 'string' ? `${name}(${JSON.stringify(literal)})` : name;
}

/** The variable that a call is made by. */
function calleeName(instance: Instance, { base }: CallOp): string | undefined {
  if (base === NONE) return;
  const { fn, module } = instance.ownerOf(base);
  const declared = variableOf(fn, slotOf(base))?.name;
  if (declared !== undefined || fn.form !== 'module') return declared;
  for (const [name, slot] of module.ir.globals) if (slot === slotOf(base)) return name;
  return module.ir.imports.find(({ slot }) => slot === slotOf(base))?.imported ?? undefined;
}

/** Where each root is an argument, by itself, of a call that hands it to the outside. */
function findRegistrations(program: PointsTo): Map<TokenId, Registration[]> {
  const found = new Map<TokenId, Registration[]>();
  for (const instance of program.instances.all) {
    for (const record of instance.calls.values()) {
      const { op } = record;
      if (op.op !== 'call') continue;
      const registers =
        record.externals.size > 0 ||
        record.models.some(m => m.model.calls?.some(c => c.when !== 'now' && c.when !== 'continuation'));
      if (!registers) continue;
      for (const leaf of op.leaves) {
        for (const id of program.solver.tokens(instance.node(leaf.ref))) {
          if (!program.roots.has(id)) continue;
          const list = found.get(id) ?? [];
          if (!list.some(r => r.instance.moduleId === instance.moduleId && r.span.start === leaf.start))
            list.push({ instance, op, span: { start: leaf.start, end: leaf.end } });
          found.set(id, list);
        }
      }
    }
  }
  for (const list of found.values())
    list.sort(
      byKeys<Registration>(
        r => r.instance.moduleId,
        r => r.span.start,
      ),
    );
  dropShared(found);
  return found;
}

/** An expression that may give several handlers cannot be wrapped for one of them. */
function dropShared(found: Map<TokenId, Registration[]>): void {
  const owners = new Map<string, Set<TokenId>>();
  const keyOf = (r: Registration): string => `${r.instance.moduleId}:${r.span.start}:${r.span.end}`;
  for (const [id, list] of found)
    for (const r of list) owners.set(keyOf(r), (owners.get(keyOf(r)) ?? new Set()).add(id));
  for (const [id, list] of found) if (list.some(r => (owners.get(keyOf(r))?.size ?? 0) > 1)) found.delete(id);
}

/** Functions that reach the outside in other ways, too: stored into something of its own, or returned to it. */
function findLoose(program: PointsTo): Set<TokenId> {
  const loose = new Set<TokenId>();
  const add = (node: number): void => {
    for (const id of program.solver.tokens(node)) if (program.roots.has(id)) loose.add(id);
  };
  for (const token of program.heap.tokens) {
    if (token.kind !== 'external' && token.kind !== 'input') continue;
    for (const [field, node] of token.fields) if (!field.startsWith('<')) add(node);
  }
  for (const root of program.roots.values())
    for (const instance of root.instances) add(instance.slot(RETURN_SLOT));
  // Whatever calls something of the tangle may call it, wherever that comes from.
  if (program.tangle) add(program.tangle.contents);
  return loose;
}

/** Exported functions that an expression gives: `export const create = wrap(...)`, `exports.create = wrap(...)`. */
function findExportSites(program: PointsTo): Map<TokenId, { module: ModuleId; span: Span }> {
  const sites = new Map<TokenId, { module: ModuleId; span: Span }>();
  const note = (module: ModuleId, node: number, span: Span): void => {
    const functions = [...program.solver.tokens(node)].filter(id => program.heap.get(id).kind === 'function');
    const [only] = functions;
    if (functions.length === 1 && only !== undefined && program.roots.has(only))
      sites.set(only, { module, span });
  };
  for (const [module, body] of program.bodies) {
    const { ir } = body.module;
    for (const { ref } of ir.exports) {
      const variable = variableOf(body.fn, slotOf(ref));
      if (variable?.init && !variable.isReassigned) note(module, body.node(ref), variable.init);
    }
    for (const leaf of ir.exportLeaves)
      note(module, body.node(leaf.ref), { start: leaf.start, end: leaf.end });
  }
  return sites;
}

/** Makes the names unique, in the order of the sources. */
function nameHandlers(handlers: Handler[]): Handler[] {
  handlers.sort(
    byKeys<Handler>(
      h => h.module,
      h => h.at,
      h => h.id,
    ),
  );
  const counts = new Map<string, number>();
  for (const handler of handlers) {
    const count = (counts.get(handler.id) ?? 0) + 1;
    counts.set(handler.id, count);
    if (count > 1) handler.id = `${handler.id}~${count}`;
  }
  return handlers;
}
