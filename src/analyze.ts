/**
 * The pipeline, from the module graph to the plan: one named stage a line, each a function of the one before.
 */
import { findConflicts } from './conflicts/classes.js';
import { linkContinuations } from './conflicts/continuations.js';
import { findHandlers } from './conflicts/handlers.js';
import { selectHandlers } from './conflicts/select-handlers.js';
import { findWaits, waitsInSections } from './conflicts/waits.js';
import { createDiagnostic } from './diagnostics/catalog.js';
import { LineIndex } from './diagnostics/line-index.js';
import { collectAccesses, withoutAccesses } from './effects/accesses.js';
import { refutedConstants } from './effects/constant-keys.js';
import { findLogs, type Log } from './effects/logs.js';
import { loadModels } from './effects/models/load.js';
import type { ModelFile } from './effects/models/model.js';
import { PointsTo } from './effects/points-to.js';
import { PRECISIONS, type Precision } from './effects/precision.js';
import { findShared, type Sharing } from './effects/sharing.js';
import { Unsolvable } from './effects/solver.js';
import { Explanations } from './explain/explanations.js';
import { findAll } from './findings/find-all.js';
import type { Analysis } from './findings/finding.js';
import type { ModuleGraph } from './graph/module-graph.js';
import { packageOf } from './graph/package-request.js';
import { withoutPackages } from './graph/without-packages.js';
import { findKeys } from './keys/find-keys.js';
import { refineClasses } from './keys/refine.js';
import type { NormalizedOptions } from './options.js';
import { findOwnSynchronization, type Recognized } from './own-locks/find.js';
import { findCandidates, isHeavy, longIn } from './parallel/candidates.js';
import { findParallel } from './parallel/find-parallel.js';
import { planAudit } from './plan/audit.js';
import { buildPlan } from './plan/build-plan.js';
import type { Location, Plan } from './plan/plan.js';
import type { ProfiledCall } from './profile/read.js';
import { ProfiledTimes } from './profile/times.js';
import { type Covered, findCovered } from './sections/covered.js';
import { decideForms } from './sections/forms.js';
import { growSections, withoutCovered } from './sections/growing.js';
import { orderUpdates } from './sections/updates.js';
import { findStages } from './stages/find-stages.js';
import { separateStages } from './stages/separate.js';

/** The part of the options that decides what the plan is. */
export type AnalyzeOptions = Pick<NormalizedOptions, 'handlers'> & {
  /** Whether to say what an audit build has to know. */
  audit?: boolean;
  /** Whether to find out what things cost as well: it takes as long as all the rest, and changes no edit. */
  costs?: boolean;
  /** How exactly values are followed: each of these is tried when the one before takes too much work. */
  precisions?: readonly Precision[] | undefined;
  /** With `costs`: what a CPU profile of the program says, by which functions are chosen that could run in other threads. */
  profile?: readonly ProfiledCall[];
  /** Is told what begins: in large programs each takes a while. */
  onStage?: (stage: AnalysisStage) => void;
};

/** What people are told of the analysis while it works. */
export type AnalysisStage = 'values' | 'accesses' | 'conflicts' | 'findings' | 'sections' | 'plan';

/**
 * Analyses a program: which handlers conflict, and what each must do about it.
 *
 * Pure and deterministic: it reads nothing but the graph, runs none of the program's code, and gives the same plan for
 * the same sources whatever the order in which they were found.
 *
 * @param models files of effect models in addition to those that come with the package
 */
export function analyze(
  graph: ModuleGraph,
  options: AnalyzeOptions,
  models: readonly ModelFile[] = [],
): Plan {
  try {
    return analyzeWithPackages(graph, options, models).plan;
  } catch (error) {
    if (!(error instanceof Unsolvable)) throw error;
    return tooTangled(graph);
  }
}

/**
 * The plan, and what it was made of. Nobody compiles packages, so one in which something would have to be changed is taken
 * for unknown code after all, as are those that are not analysed.
 */
function analyzeWithPackages(
  graph: ModuleGraph,
  options: AnalyzeOptions,
  models: readonly ModelFile[],
): { graph: ModuleGraph; analysis: ProgramAnalysis; plan: Plan } {
  const analysis = analyzeProgram(graph, options, models);
  const plan = planProgram(graph, analysis, options);
  const changed = packagesToChange(graph, plan);
  if (changed.size === 0) return { graph, analysis, plan };
  const rest = withoutPackages(graph, new Set(changed.keys()));
  const diagnostics = [...changed].map(([name, at]) => createDiagnostic('package-not-analysed', at, name));
  return analyzeWithPackages(
    { ...rest, diagnostics: [...rest.diagnostics, ...diagnostics] },
    options,
    models,
  );
}

/** The packages that a plan changes something in, each with the first place. */
function packagesToChange({ modules }: ModuleGraph, plan: Plan): Map<string, Location> {
  const changed = new Map<string, Location>();
  for (const { path, edits } of plan.modules) {
    const name = packageOf(path);
    const [first] = edits;
    if (name === undefined || first === undefined || changed.has(name)) continue;
    const lines = new LineIndex(modules.get(path)?.code ?? '');
    changed.set(name, { module: path, ...lines.locate(first.start) });
  }
  return changed;
}

/** The stages from the conflicts to the plan. */
function planProgram(graph: ModuleGraph, analysis: ProgramAnalysis, options: AnalyzeOptions): Plan {
  const { program, sharing, handlers, accesses, conflicts, separation, waits } = analysis;
  options.onStage?.('findings');
  const findings = findAll(analysis, options.costs === true);
  options.onStage?.('sections');
  const forms = decideForms(program, handlers, conflicts, waits);
  const found = findKeys(program, sharing, handlers, accesses, conflicts, forms);
  const { conflicts: finer, keys } = refineClasses(conflicts, accesses, found);
  const ordered = orderUpdates(forms, finer.decisions, keys, separation.mayWaitLate);
  const grown = growSections(program, handlers, finer, ordered, keys, separation);
  // An audit asks of each access whether the lock of its class is held.
  const covered: Covered = options.audit ? new Map() : findCovered(finer, grown, keys);
  const times = options.profile ? timesOf(graph, program, options.profile) : null;
  const candidates = options.costs ? findCandidates(program, accesses, times ? longIn(times) : isHeavy) : [];
  options.onStage?.('plan');
  const plan = buildPlan({
    ...analysis,
    graph,
    conflicts: finer,
    forms: withoutCovered(grown, covered),
    keys,
    covered,
    findings,
    candidates,
    times,
  });
  return options.audit
    ? { ...plan, audit: planAudit(graph, program, handlers, accesses, finer, analysis.logs) }
    : plan;
}

const timesOf = (graph: ModuleGraph, program: PointsTo, profile: readonly ProfiledCall[]): ProfiledTimes =>
  new ProfiledTimes(profile, graph, id => program.modules.get(id)?.ir);

/** The plan of a program with what explains it; no explanations if it could not be analysed. */
export function analyzeAndExplain(
  graph: ModuleGraph,
  options: AnalyzeOptions,
  models: readonly ModelFile[] = [],
): { plan: Plan; explanations: Explanations | null } {
  try {
    const { plan, analysis, graph: analysed } = analyzeWithPackages(graph, options, models);
    return { plan, explanations: new Explanations(analysed, analysis, plan) };
  } catch (error) {
    if (!(error instanceof Unsolvable)) throw error;
    return { plan: tooTangled(graph), explanations: null };
  }
}

/** What is known of a program before anything is named or placed. */
export interface ProgramAnalysis extends Analysis {
  recognized: readonly Recognized[];
  sharing: Sharing;
  logs: readonly Log[];
}

/**
 * The stages up to the conflicts, for those who go on from there in another way.
 *
 * @throws Unsolvable if there is too much that may be anything
 */
export function analyzeProgram(
  graph: ModuleGraph,
  options: AnalyzeOptions,
  models: readonly ModelFile[],
): ProgramAnalysis {
  options.onStage?.('values');
  const program = followValues(graph, options, models);
  options.onStage?.('accesses');
  const sharing = findShared(program);
  const all = collectAccesses(program, sharing);
  const logs = findLogs(program, all);
  const logged = new Set(logs.map(({ resource }) => resource));
  const found = withoutAccesses(all, ({ resource }) => logged.has(resource));
  const waits = findWaits(program, sharing);
  linkContinuations(program, found);
  options.onStage?.('conflicts');
  const stages = findStages(program);
  const selected = selectHandlers(findHandlers(program, stages.called), options.handlers);
  const separation = separateStages(program, stages, selected, found, waits);
  const { handlers } = separation;
  const own = findOwnSynchronization(program, handlers, found);
  const accesses = own.rest;
  const conflicts = findConflicts(program, handlers, accesses, own.handlers);
  return {
    program,
    sharing,
    handlers,
    accesses,
    conflicts,
    recognized: own.recognized,
    logs,
    stages,
    separation,
    waits: waitsInSections(waits, conflicts),
    parallel: findParallel(program),
  };
}

/**
 * Where all values may get, as exactly as that can be found in reasonable time.
 *
 * @throws Unsolvable if it cannot be found at all
 */
function followValues(
  graph: ModuleGraph,
  { handlers: { exports }, precisions = PRECISIONS }: AnalyzeOptions,
  models: readonly ModelFile[],
): PointsTo {
  const entries = entryModules(graph);
  const library = loadModels(models);
  // What a package exports is called by the modules that import it.
  const isExported = (id: string): boolean =>
    packageOf(id) === undefined && (exports === 'all' || (exports === 'entry' && entries.has(id)));
  const follow = (precision: Precision, assumesConstants: boolean): PointsTo => {
    const program = new PointsTo(graph, library, isExported, precision, assumesConstants);
    program.run();
    return assumesConstants && refutedConstants(program) ? follow(precision, false) : program;
  };
  let failure: unknown;
  for (const precision of precisions) {
    try {
      return follow(precision, true);
    } catch (error) {
      if (!(error instanceof Unsolvable)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** The plan of a program that could not be analysed: it changes nothing, and its error stops the build. */
function tooTangled(graph: ModuleGraph): Plan {
  const diagnostic = createDiagnostic('program-too-tangled', {}, graph.modules.size);
  return {
    version: 1,
    modules: [...graph.modules.values()].map(({ id, hash }) => ({ path: id, hash, edits: [] })),
    handlers: [],
    classes: [],
    ownLocks: [],
    assumptions: [],
    diagnostics: [...graph.diagnostics, diagnostic],
  };
}

/** Modules that no other module of the program imports. */
function entryModules(graph: ModuleGraph): Set<string> {
  const imported = new Set<string>();
  for (const module of graph.modules.values())
    for (const resolution of module.imports.values())
      if (resolution.kind === 'module' && resolution.id !== module.id) imported.add(resolution.id);
  return new Set([...graph.modules.keys()].filter(id => !imported.has(id)));
}
