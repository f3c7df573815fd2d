/**
 * The analysis of one program, shared by all files of a build.
 *
 * Babel hands over one file at a time, and creates plugins anew as it likes; the plan is that of the whole
 * program. So there is one session for each program and set of options in a process. It makes the plan when
 * the first file asks, and again only when the module graph has become another one.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { formatDiagnostics } from '../diagnostics/print.js';
import type { SourceModule } from '../graph/module-graph.js';
import { type Analyze, LivePlan, moduleIdOf, type PlannedGraph } from '../live-plan.js';
import type { NormalizedOptions } from '../options.js';
import { auditOf } from '../plan/audit.js';
import type { PlannedModule } from '../plan/edit.js';
import type { Plan, PlannedHandler } from '../plan/plan.js';
import type { ModuleEdits } from '../transform/apply-edits.js';
import type { SlicedFunction } from './worker-code.js';

/** What a session knows of the file that is being compiled. */
export interface PlannedFile {
  /** Nothing, if it is no module of the program, or none that could be analysed. */
  edits: ModuleEdits | undefined;
  /** What a parallel function of the program needs in a worker. */
  slices: (id: string) => SlicedFunction;
  /** What the analysis found wrong with this file, or with the program as a whole. */
  errors: Diagnostic[];
}

/** A plan in which handlers and modules are found by their names. */
interface Planned extends PlannedGraph {
  handlers: ReadonlyMap<string, PlannedHandler>;
  modules: ReadonlyMap<string, PlannedModule>;
}

export class AnalysisSession {
  readonly options: NormalizedOptions;
  readonly #live: LivePlan;
  #planned: Planned | undefined;
  #reported = new Set<string>();

  constructor(options: NormalizedOptions, analyze: Analyze) {
    this.options = options;
    this.#live = new LivePlan(options, analyze);
  }

  /** The plan of the program as it is now. */
  plan(): Plan {
    return this.#found(this.#live.current()).plan;
  }

  /**
   * What is planned for a file whose text is `code`, which may be another than the one on disk (a build tool
   * has changed it before): the plan is then that of the program with this text in it.
   * @param code nothing for the text on disk
   * @returns nothing for a file that is no module of the program
   */
  planOf(file: string, code: string | undefined): PlannedFile | undefined {
    const { graph, plan, handlers, modules } = this.#found(
      code === undefined ? this.#live.current() : this.#live.withText(file, code),
    );
    const id = moduleIdOf(graph, file);
    if (id === undefined) return undefined;
    const { format } = graph.modules.get(id) ?? {};
    return {
      edits: format && {
        edits: modules.get(id)?.edits ?? [],
        handlers,
        format,
        runtime: this.options.runtime,
        audit: auditOf(plan, id),
      },
      slices: parallel => sliceIn({ graph, plan }, parallel),
      errors: plan.diagnostics.filter(
        ({ severity, module }) => severity === 'error' && (module === undefined || module === id),
      ),
    };
  }

  /** Changes whenever the plan of any module may have changed. */
  fingerprint(): string {
    return this.#live.fingerprint();
  }

  /** The files that the plan was made of. */
  inputs(): string[] {
    return this.#live.inputs();
  }

  #found(current: PlannedGraph): Planned {
    if (this.#planned?.plan !== current.plan) {
      const { plan } = current;
      const handlers = new Map(plan.handlers.map(handler => [handler.id, handler]));
      const modules = new Map(plan.modules.map(module => [module.path, module]));
      this.#planned = { ...current, handlers, modules };
      this.#report(plan.diagnostics);
    }
    return this.#planned;
  }

  /** Says what is wrong once, and not again until it has been right in between. */
  #report(diagnostics: readonly Diagnostic[]): void {
    const found = new Map(
      diagnostics
        .filter(({ severity }) => severity !== 'info')
        .map(diagnostic => [JSON.stringify(diagnostic), diagnostic]),
    );
    const unsaid = [...found].filter(([key]) => !this.#reported.has(key)).map(([, diagnostic]) => diagnostic);
    this.#reported = new Set(found.keys());
    if (unsaid.length > 0) console.warn(formatDiagnostics(unsaid));
  }
}

function sliceIn({ graph, plan }: PlannedGraph, id: string): SlicedFunction {
  const planned = plan.parallel?.find(parallel => parallel.id === id);
  if (!planned) throw new Error(`The plan does not list the parallel function ${JSON.stringify(id)}.`);
  const modules = planned.modules.map(({ path }) => graph.modules.get(path) as SourceModule);
  return { planned, modules };
}
