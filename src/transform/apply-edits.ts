/**
 * Rewrites one module as the plan says: finds the nodes of its edits, applies each, and adds the import of
 * what they use from the runtime.
 *
 * Edits are applied from the inside out, so that an edit that moves its node (a function becomes an argument
 * of `schedule`) never moves the target of a later one.
 */
import type { NodePath } from '@babel/traverse';
import type { Program } from '@babel/types';
import type { ModuleFormat } from '../graph/module-graph.js';
import type { ModuleAudit } from '../plan/audit-plan.js';
import type { Edit } from '../plan/edit.js';
import type { PlannedHandler } from '../plan/plan.js';
import { instrument } from './audit/instrument.js';
import { callUnscheduled } from './call-unscheduled.js';
import { belongTo, continueIn } from './continuation.js';
import { findEditTargets } from './edit-targets.js';
import { EditedPlaces } from './edited-places.js';
import { floatExpression, floatResults } from './float.js';
import { registerGeneratedNames } from './generated-names.js';
import { placeSections, planGuards } from './place-section.js';
import { insertPrologues } from './prologue.js';
import type { Afterwards, Rewriting, Types } from './rewriting.js';
import { RuntimeImport } from './runtime-import.js';
import { standAside } from './stand-aside.js';
import { scheduleDeclaration } from './wrap-declaration.js';
import { wrapExpression } from './wrap-expression.js';
import { wrapMethod } from './wrap-method.js';
import {
  moveBuffers,
  type ParallelCode,
  wrapParallelDeclaration,
  wrapParallelExpression,
} from './wrap-parallel.js';

/** What modules with parallel functions import. */
const PARALLEL_RUNTIME = 'anyspeed/parallel';

export interface ModuleEdits {
  edits: readonly Edit[];
  /** The handlers of the whole plan, by id. */
  handlers: ReadonlyMap<string, PlannedHandler>;
  format: ModuleFormat;
  /** The module that transformed code imports the runtime from. */
  runtime: string;
  /** What is emitted for the parallel functions of the module, by id. */
  parallel?: (id: string) => ParallelCode;
  /** What the audit is told of the module, in an audit build. */
  audit?: ModuleAudit | undefined;
}

/**
 * Applies `module`'s edits to `program`, whose offsets must be those of the source that was analysed.
 * @param types the node builders of the Babel that made `program`
 * @throws {MissingEditTarget} when the tree has no node for an edit; nothing has been changed then
 */
export function applyEdits(types: Types, program: NodePath<Program>, module: ModuleEdits): void {
  if (module.edits.length === 0 && !module.audit) return;
  const targets = findEditTargets(types, program, module.edits);
  const rewriting: Rewriting = {
    types,
    program,
    runtime: new RuntimeImport(types, program, module.runtime, module.format),
    parallelRuntime: new RuntimeImport(types, program, PARALLEL_RUNTIME, module.format),
    parallel: module.parallel ?? withoutParallel,
    handlers: module.handlers,
    sections: [],
    prologues: [],
    afterwards: [],
    elsewhere: [],
    chainTests: new Map(),
  };
  for (const { edit, path } of targets) {
    applyAfterwards(rewriting, later => edit.start < later.start || edit.end > later.end);
    applyEdit(rewriting, edit, path);
  }
  applyAfterwards(rewriting, () => true);
  planGuards(rewriting);
  if (module.audit) {
    for (const name of ['audited', 'variablesOf'] as const) rewriting.runtime.reference(name);
  }
  rewriting.parallelRuntime.insert();
  rewriting.runtime.insert();
  insertPrologues(rewriting);
  placeSections(rewriting);
  registerGeneratedNames(rewriting, EditedPlaces.changes(module.edits, rewriting.elsewhere));
  if (module.audit) {
    instrument(rewriting, module.audit);
    program.scope.crawl();
  }
}

function applyEdit(rewriting: Rewriting, edit: Edit, path: NodePath): void {
  switch (edit.kind) {
    case 'call-unscheduled':
      callUnscheduled(rewriting, path);
      break;
    case 'moving':
      moveBuffers(rewriting, path, edit.moved);
      break;
    case 'float':
      floatExpression(rewriting, path);
      break;
    case 'float-results':
      floatResults(rewriting, path);
      break;
    case 'continuation':
      continueIn(rewriting, path, edit.isAlternative);
      break;
    case 'belonging':
      belongTo(rewriting, path);
      break;
    case 'stand-aside':
      standAside(rewriting, path);
      break;
    case 'place-section':
      rewriting.sections.push({ edit, path, guard: '' });
      break;
    case 'wrap-expression':
      wrapExpression(rewriting, path, plannedHandler(rewriting, edit.handler));
      break;
    case 'wrap-declaration':
      scheduleDeclaration(rewriting, path, plannedHandler(rewriting, edit.handler));
      break;
    case 'parallel-expression':
      wrapParallelExpression(rewriting, path, edit.parallel);
      break;
    case 'parallel-declaration':
      wrapParallelDeclaration(rewriting, path, edit.parallel);
      break;
    case 'wrap-method':
      wrapMethod(rewriting, path, plannedHandler(rewriting, edit.handler));
      break;
  }
}

/** Does what the edits so far put off, where no edit is left that `isOutside` does not name. */
function applyAfterwards(rewriting: Rewriting, isOutside: (later: Afterwards) => boolean): void {
  const due = rewriting.afterwards.filter(isOutside);
  rewriting.afterwards = rewriting.afterwards.filter(later => !due.includes(later));
  for (const later of due) later.apply();
}

function withoutParallel(id: string): never {
  throw new Error(`Nobody has said what is emitted for the parallel function ${JSON.stringify(id)}.`);
}

function plannedHandler({ handlers }: Rewriting, id: string): PlannedHandler {
  const handler = handlers.get(id);
  if (!handler) throw new Error(`The plan wraps the handler ${JSON.stringify(id)}, which it does not list.`);
  return handler;
}
