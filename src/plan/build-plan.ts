/** From conflicts to the plan: names instead of indices, lines instead of offsets, and the edits of every module. */
import type { Conflicts, Decision } from '../conflicts/classes.js';
import type { Handler } from '../conflicts/handlers.js';
import type { Waits } from '../conflicts/waits.js';
import { LineIndex } from '../diagnostics/line-index.js';
import type { Accesses } from '../effects/accesses.js';
import type { Instance } from '../effects/instances.js';
import type { Log, LogUse } from '../effects/logs.js';
import type { PointsTo } from '../effects/points-to.js';
import type { Findings } from '../findings/find-all.js';
import { keyOfAssumed } from '../findings/finding.js';
import type { ModuleGraph, ModuleId } from '../graph/module-graph.js';
import type { KeyedAccess } from '../keys/find-keys.js';
import type { ClassKeys } from '../keys/refine.js';
import { byKeys } from '../order/by-keys.js';
import type { Recognized } from '../own-locks/find.js';
import type { Candidate } from '../parallel/candidates.js';
import type { FoundParallel } from '../parallel/find-parallel.js';
import type { ProfiledTimes } from '../profile/times.js';
import type { Covered } from '../sections/covered.js';
import type { SectionForm } from '../sections/forms.js';
import { stepsOf } from '../sections/growing.js';
import type { Separation } from '../stages/separate.js';
import { planEdits } from './edits.js';
import type {
  Assumption,
  ConflictClass,
  HeldClass,
  Location,
  LockMode,
  OwnLock,
  Plan,
  PlannedAccess,
  PlannedHandler,
  PlannedLog,
  PlannedStage,
  Protection,
  SectionBounds,
} from './plan.js';
import { planAccesses } from './planned-accesses.js';
import { planCandidates } from './planned-candidates.js';
import { planParallel } from './planned-parallel.js';
import { planStages } from './planned-stages.js';

/** All that a plan is made of. */
export interface PlanInputs {
  graph: ModuleGraph;
  program: PointsTo;
  handlers: readonly Handler[];
  accesses: Accesses;
  /** Those of the classes that are emitted. */
  conflicts: Conflicts;
  /** By index of the handler. */
  forms: readonly SectionForm[];
  keys: ClassKeys;
  covered: Covered;
  findings: Findings;
  recognized: readonly Recognized[];
  logs: readonly Log[];
  separation: Separation;
  waits: Waits;
  parallel: readonly FoundParallel[];
  /** Only where somebody asks for costs. */
  candidates?: readonly Candidate[];
  times?: ProfiledTimes | null;
}

/** The plan as everybody reads it: plain data, the same for the same inputs. */
export function buildPlan({
  graph,
  program,
  handlers,
  accesses,
  conflicts,
  forms,
  keys,
  covered,
  findings,
  recognized,
  logs,
  separation,
  waits,
  parallel,
  candidates = [],
  times = null,
}: PlanInputs): Plan {
  const lines = new Map<ModuleId, LineIndex>();
  const locate = (module: ModuleId, offset: number): Location => {
    let index = lines.get(module);
    if (!index) {
      index = new LineIndex(graph.modules.get(module)?.code ?? '');
      lines.set(module, index);
    }
    return { module, ...index.locate(offset) };
  };
  const edits = planEdits(program, handlers, conflicts, forms, waits, parallel);
  const planned = planAccesses(conflicts, accesses, locate);
  const stages = planStages(handlers, separation, locate);
  const parallelFunctions = planParallel(parallel, locate);
  return {
    version: 1,
    modules: [...graph.modules.values()].map(m => ({
      path: m.id,
      hash: m.hash,
      edits: edits.get(m.id) ?? [],
    })),
    handlers: handlers.map((handler, i) =>
      planHandler(
        handlers,
        handler,
        conflicts.decisions[i] as Decision,
        forms[i] as SectionForm,
        keys[i] as ClassKeys[number],
        conflicts,
        planned[i] ?? [],
        locate,
        stages.get(i),
        classId => covered.get(classId)?.get(i),
      ),
    ),
    classes: conflicts.classes.map(
      (c, index): ConflictClass => ({
        name: c.name,
        resources: c.resources.map(id => accesses.resources[id]?.name ?? ''),
        members: c.members.map(m => ({
          handler: (handlers[m.handler] as Handler).id,
          mode: m.write ? 'write' : 'read',
        })),
        locked: c.locked,
        ...(covered.has(index) && {
          coveredBy: namesOf(conflicts, new Set([...(covered.get(index)?.values() ?? [])].flat())),
        }),
      }),
    ),
    ownLocks: planOwnLocks(recognized, handlers, accesses, locate),
    ...(logs.length > 0 && { logs: planLogs(logs, accesses, locate) }),
    ...(parallelFunctions.length > 0 && { parallel: parallelFunctions }),
    ...(candidates.length > 0 && { candidates: planCandidates(candidates, times, locate) }),
    assumptions: planAssumptions(program, conflicts, findings, locate),
    diagnostics: [...graph.diagnostics, ...findings.diagnostics],
  };
}

function planHandler(
  handlers: readonly Handler[],
  handler: Handler,
  decision: Decision,
  form: SectionForm,
  keys: ClassKeys[number],
  conflicts: Conflicts,
  accesses: PlannedAccess[],
  locate: (module: ModuleId, offset: number) => Location,
  stage: PlannedStage | undefined,
  coversOf: (classId: number) => readonly number[] | undefined,
): PlannedHandler {
  const steps = stepsOf(form);
  return {
    id: handler.id,
    kind: handler.kind,
    at: locate(handler.module, handler.at),
    isAsync: handler.fn.isAsync,
    isGenerator: handler.fn.isGenerator,
    protection: protectionOf(decision, form),
    reason: form.form === 'delegated' ? 'delegated' : decision.reason,
    classes:
      form.form === 'delegated'
        ? []
        : decision.classes.map(c => {
            const covers = coversOf(c.class);
            return {
              class: conflicts.classes[c.class]?.name ?? '',
              mode: c.write ? modeToWrite(form) : 'shared',
              ...planKeys(keys.get(c.class), locate),
              ...(steps.has(c.class) && { step: steps.get(c.class) as number }),
              ...(covers && { coveredBy: namesOf(conflicts, covers) }),
            };
          }),
    bounds: boundsOf(handlers, handler, form, locate),
    carriesTask: form.form === 'whole' && form.carriesTask,
    accesses,
    ...(stage && { stage }),
  };
}

const namesOf = ({ classes }: Conflicts, indices: Iterable<number>): string[] =>
  [...indices].map(index => classes[index]?.name ?? '').sort(byKeys<string>(name => name));

function planKeys(
  access: KeyedAccess | undefined,
  locate: (module: ModuleId, offset: number) => Location,
): Pick<HeldClass, 'keys' | 'asProperties' | 'notKeyed'> {
  if (!access) return {};
  if (!access.keys) return { notKeyed: { reason: access.reason, at: locate(access.module, access.at) } };
  return { keys: [...access.keys], ...(access.kind === 'property' && { asProperties: true }) };
}

function protectionOf({ protection }: Decision, form: SectionForm): Protection {
  if (form.form === 'delegated') return 'untouched';
  return form.form === 'body' && form.placement.isGate ? 'gate' : protection;
}

function modeToWrite(form: SectionForm): LockMode {
  return form.form === 'body' && form.placement.writes.length > 0 ? 'update' : 'exclusive';
}

function boundsOf(
  handlers: readonly Handler[],
  { fn, instances }: Handler,
  form: SectionForm,
  locate: (module: ModuleId, offset: number) => Location,
): SectionBounds | null {
  if (form.form === 'whole') return { kind: 'whole', reason: form.reason };
  if (form.form === 'delegated')
    return { kind: 'delegated', to: [...form.to].map(index => handlers[index]?.id ?? '').sort() };
  if (form.form !== 'body') return null;
  const { enters, writes, leaves, grows, asides, isGate } = form.placement;
  const module = (instances[0] as Instance).moduleId;
  const places = (indices: readonly number[]): Location[] =>
    indices.map(index => locate(module, fn.statements[index]?.start ?? fn.start));
  return {
    kind: 'body',
    enters: places(enters),
    writes: places(writes),
    leaves: isGate ? [] : places(leaves),
    ...(grows && { grows: grows.map(({ before }) => places(before)) }),
    ...(asides.length > 0 && { asides: asides.map(({ start }) => locate(module, start)) }),
  };
}

function planOwnLocks(
  recognized: readonly Recognized[],
  handlers: readonly Handler[],
  accesses: Accesses,
  locate: (module: ModuleId, offset: number) => Location,
): OwnLock[] {
  return recognized
    .map(({ lock: { token, key }, handlers: left, resources }) => ({
      name: `${token.module}#${token.name}${key === null ? '' : ` ${JSON.stringify(key)}`}`,
      at: locate(token.module ?? '', token.at),
      handlers: left.map(index => handlers[index]?.id ?? '').sort(byKeys<string>(id => id)),
      resources: resources.map(id => accesses.resources[id]?.name ?? '').sort(byKeys<string>(name => name)),
    }))
    .sort(
      byKeys<OwnLock>(
        l => l.name,
        l => l.at.line,
        l => l.at.column,
      ),
    );
}

function planLogs(
  logs: readonly Log[],
  accesses: Accesses,
  locate: (module: ModuleId, offset: number) => Location,
): PlannedLog[] {
  /** A function that has several instances makes each of its accesses in all of them. */
  const placesOf = (uses: readonly LogUse[]): Location[] => {
    const places = new Map(
      uses.map(({ instance, access }) => [`${instance.module.source.id}:${access.at}`, { instance, access }]),
    );
    return [...places.values()]
      .map(({ instance, access }) => locate(instance.module.source.id, access.at))
      .sort(
        byKeys<Location>(
          place => place.module,
          place => place.line,
          place => place.column,
        ),
      );
  };
  return logs
    .map(({ resource, appends, drains }) => ({
      name: accesses.resources[resource]?.name ?? '',
      appends: placesOf(appends),
      drains: placesOf(drains),
    }))
    .sort(byKeys<PlannedLog>(log => log.name));
}

const ASSUMPTIONS: Record<string, (detail: string) => string> = {
  'opaque-code': detail => `\`${detail}\` may read and write every variable in its scope.`,
  'unknown-call': detail => `\`${detail}\` may read, write and keep what it is handed.`,
  'unknown-input': detail =>
    `\`${detail}\`, a parameter of a handler, may read, write and keep what it is handed.`,
  'dynamic-import': () => 'A module loaded by a computed name may be any module of the program.',
};

function planAssumptions(
  program: PointsTo,
  conflicts: Conflicts,
  { pairsByAssumption }: Findings,
  locate: (module: ModuleId, offset: number) => Location,
): Assumption[] {
  const found = new Map<string, Assumption>();
  const note = (code: string, detail: string, module: ModuleId, at: number): void => {
    const message = ASSUMPTIONS[code]?.(detail) ?? detail;
    const pairs = pairsByAssumption.get(keyOfAssumed({ code, detail }));
    found.set(`${code} ${message} ${module} ${at}`, {
      code,
      message,
      at: locate(module, at),
      ...(pairs !== undefined && { pairs }),
    });
  };
  for (const { code, detail, module, at } of program.notes) note(code, detail, module, at);
  for (const decision of conflicts.decisions)
    for (const { instance, access } of decision.accesses)
      if (access.assumed !== null)
        note(access.assumed.code, access.assumed.detail, instance.moduleId, access.at);
  return [...found.values()].sort(
    byKeys<Assumption>(
      a => a.at.module,
      a => a.at.line,
      a => a.at.column,
      a => a.code,
      a => a.message,
    ),
  );
}
