/**
 * What an audit build is told of the plan: by place, which functions are handlers, and which accesses are planned there.
 */
import type { Conflicts, Decision } from '../conflicts/classes.js';
import type { Handler } from '../conflicts/handlers.js';
import { LineIndex } from '../diagnostics/line-index.js';
import type { Accesses } from '../effects/accesses.js';
import type { Log } from '../effects/logs.js';
import type { PointsTo } from '../effects/points-to.js';
import type { NodeId } from '../effects/solver.js';
import type { ModuleGraph, ModuleId } from '../graph/module-graph.js';
import type { AuditedAccess, AuditPlan, ModuleAudit } from './audit-plan.js';
import type { Plan, ProtectionReason } from './plan.js';

/** @returns by module */
export function planAudit(
  graph: ModuleGraph,
  program: PointsTo,
  handlers: readonly Handler[],
  { resources }: Accesses,
  { classes, decisions }: Conflicts,
  logs: readonly Log[],
): Record<string, AuditPlan> {
  const audits: Record<string, AuditPlan> = {};
  const lines = new Map<ModuleId, LineIndex>();
  for (const { id, code } of graph.modules.values()) {
    audits[id] = { imports: {}, initial: [], handlers: {}, accesses: {} };
    lines.set(id, new LineIndex(code));
  }
  const placeOf = (module: ModuleId, offset: number): string => {
    const { line, column } = (lines.get(module) as LineIndex).locate(offset);
    return `${line}:${column}`;
  };
  const classOf = new Map(classes.flatMap(c => c.resources.map(resource => [resource, c] as const)));
  const known = new Map<string, AuditedAccess>();
  const logged = logs.flatMap(({ appends, drains }) => [...appends, ...drains]);
  handlers.forEach(({ id, fn, instances }, index) => {
    const own = instances[0];
    if (own) push((audits[own.moduleId] as AuditPlan).handlers, placeOf(own.moduleId, fn.start), id);
    const { accesses, reached } = decisions[index] as Decision;
    for (const { instance, access } of [...accesses, ...logged.filter(use => reached.has(use.instance))]) {
      // The audit sees what the program does, and not what its callers do with what they are given.
      if (access.isByCaller) continue;
      const { moduleId } = instance;
      const key = `${moduleId} ${access.at} ${access.write} ${access.resource}`;
      let planned = known.get(key);
      if (!planned) {
        const { name = '', locked = false } = classOf.get(access.resource) ?? {};
        const resource = resources[access.resource]?.name ?? '';
        planned = { resource, isWrite: access.write, class: name, isLocked: locked, handlers: [] };
        known.set(key, planned);
        push((audits[moduleId] as AuditPlan).accesses, placeOf(moduleId, access.at), planned);
      }
      if (planned.handlers.at(-1) !== id) planned.handlers.push(id);
    }
  });
  addImports(audits, program);
  for (const [id, { ir }] of program.modules)
    audits[id]?.initial.push(...ir.initialWrites.map(at => placeOf(id, at)));
  return audits;
}

function push<T>(lists: Record<string, T[]>, key: string, value: T): void {
  const list = lists[key];
  if (list) list.push(value);
  else lists[key] = [value];
}

/** Imported names are variables of other modules; those that are never assigned need no audit. */
function addImports(audits: Record<string, AuditPlan>, { bodies }: PointsTo): void {
  const declared = new Map<NodeId, { module: string; name: string }>();
  for (const [module, body] of bodies)
    for (const { slot, name, isReassigned } of body.fn.variables)
      if (isReassigned && !body.aliases?.has(slot)) declared.set(body.slot(slot), { module, name });
  for (const [module, body] of bodies)
    for (const { slot, name } of body.fn.variables) {
      const variable = body.aliases?.has(slot) ? declared.get(body.slot(slot)) : undefined;
      const audit = audits[module];
      if (variable && audit) audit.imports[name] = variable;
    }
}

/** What an audit build of a module is told; nothing if the plan was not made for one. */
export function auditOf({ audit, handlers }: Plan, module: ModuleId): ModuleAudit | undefined {
  const own = audit?.[module];
  if (!own) return undefined;
  const { imports, initial, ...tables } = own;
  const because = (reason: ProtectionReason): string[] =>
    handlers.filter(handler => handler.reason === reason).map(handler => handler.id);
  const left = { optedOut: because('opted-out'), underOwnLock: because('own-lock') };
  return { module, imports, initial, tables: { ...tables, ...left } };
}
