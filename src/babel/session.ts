/**
 * The analysis of one program, shared by all files of a build.
 *
 * Babel hands over one file at a time, and creates plugins anew as it likes; the plan is that of the whole
 * program. So there is one session for each program and set of options in a process. It makes the plan when
 * the first file asks, and again only when the module graph has become another one.
 */
import { realpathSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { formatDiagnostics } from '../diagnostics/print.js';
import { ModuleStore } from '../graph/build.js';
import type { ModuleGraph, ModuleId } from '../graph/module-graph.js';
import type { NormalizedOptions } from '../options.js';
import { auditOf } from '../plan/audit.js';
import type { Plan, PlannedHandler, PlannedModule } from '../plan/plan.js';
import type { ModuleEdits } from '../transform/apply-edits.js';

/** The analysis: a pure function of the program and the options. */
export type Analyze = (graph: ModuleGraph, options: NormalizedOptions) => Plan;

/** What a session knows of the file that is being compiled. */
export interface PlannedFile {
  /** Nothing, if it is no module of the program, or none that could be analysed. */
  edits: ModuleEdits | undefined;
  /** What the analysis found wrong with this file, or with the program as a whole. */
  errors: Diagnostic[];
}

interface Planned {
  graph: ModuleGraph;
  plan: Plan;
  handlers: ReadonlyMap<string, PlannedHandler>;
  modules: ReadonlyMap<string, PlannedModule>;
}

export class AnalysisSession {
  readonly options: NormalizedOptions;
  readonly #analyze: Analyze;
  readonly #store: ModuleStore;
  #planned: Planned | undefined;
  #reported = new Set<string>();

  constructor(options: NormalizedOptions, analyze: Analyze) {
    this.options = options;
    this.#analyze = analyze;
    this.#store = new ModuleStore(options);
  }

  /** The plan of the program as it is now. */
  plan(): Plan {
    return this.#current().plan;
  }

  /**
   * What is planned for a file whose text is `code`, which may be another than the one on disk (a build tool
   * has changed it before): the plan is then that of the program with this text in it.
   * @param code nothing for the text on disk
   * @returns nothing for a file that is no module of the program
   */
  planOf(file: string, code: string | undefined): PlannedFile | undefined {
    const { graph, plan, handlers, modules } =
      code === undefined ? this.#current() : this.#withText(file, code);
    const id = idOf(graph, file);
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
      errors: plan.diagnostics.filter(
        ({ severity, module }) => severity === 'error' && (module === undefined || module === id),
      ),
    };
  }

  /** Changes whenever the plan of any module may have changed. */
  fingerprint(): string {
    return this.#store.fingerprint();
  }

  /** The files that the plan was made of. */
  inputs(): string[] {
    return this.#store.inputs();
  }

  /** The plan in which the module `file` has the text `code`: the edits address that text and no other. */
  #withText(file: string, code: string): Planned {
    // The file may be written on disk while this looks at it, which undoes what the store was told.
    for (let attempt = 0; attempt < 3; attempt++) {
      this.#store.update(file, code);
      const planned = this.#current();
      const module = planned.graph.modules.get(idOf(planned.graph, file) ?? '');
      if (module === undefined || module.code === code) return planned;
    }
    throw new Error(`${file} changes on disk faster than it can be compiled.`);
  }

  #current(): Planned {
    const graph = this.#store.graph();
    if (this.#planned?.graph !== graph) {
      const plan = this.#analyze(graph, this.options);
      const handlers = new Map(plan.handlers.map(handler => [handler.id, handler]));
      const modules = new Map(plan.modules.map(module => [module.path, module]));
      this.#planned = { graph, plan, handlers, modules };
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

/** The id that a file in the project's root has, or would have if it was a module of the program. */
function idOf({ root, modules }: ModuleGraph, file: string): ModuleId | undefined {
  const id = pathInRoot(root, file);
  if (id !== undefined && modules.has(id)) return id;
  try {
    // Build tools may know the file by a path through a symbolic link.
    return pathInRoot(root, realpathSync(file));
  } catch {
    return id;
  }
}

function pathInRoot(root: string, file: string): string | undefined {
  const path = relative(root, file).split(sep).join('/');
  return path === '..' || path.startsWith('../') || isAbsolute(path) ? undefined : path;
}
