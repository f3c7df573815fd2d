/**
 * The plan of a program that changes while it is looked at: files are written, and build tools and editors have texts that
 * are on no disk.
 *
 * It is made when somebody asks for it, and again only when the module graph has become another one.
 */
import { realpathSync } from 'node:fs';
import { isAbsolute, relative, sep } from 'node:path';
import { ModuleStore } from './graph/build.js';
import type { ModuleGraph, ModuleId } from './graph/module-graph.js';
import type { NormalizedOptions } from './options.js';
import type { Plan } from './plan/plan.js';

/** The analysis: a pure function of the program and the options. */
export type Analyze = (graph: ModuleGraph, options: NormalizedOptions) => Plan;

/** A plan and the modules that it was made of. */
export interface PlannedGraph {
  graph: ModuleGraph;
  plan: Plan;
}

export class LivePlan {
  readonly #options: NormalizedOptions;
  readonly #analyze: Analyze;
  readonly #store: ModuleStore;
  #current: PlannedGraph | undefined;

  constructor(options: NormalizedOptions, analyze: Analyze) {
    this.#options = options;
    this.#analyze = analyze;
    this.#store = new ModuleStore(options);
  }

  /** The plan of the program as it is now; the same object as long as nothing in the program is different. */
  current(): PlannedGraph {
    const graph = this.#store.graph();
    if (this.#current?.graph !== graph) this.#current = { graph, plan: this.#analyze(graph, this.#options) };
    return this.#current;
  }

  /**
   * The plan of the program in which the module `file` has the text `code`. The text counts until the file changes on disk, or
   * comes with another one.
   */
  withText(file: string, code: string): PlannedGraph {
    // The file may be written on disk while this looks at it, which undoes what the store was told.
    for (let attempt = 0; attempt < 3; attempt++) {
      this.#store.update(file, code);
      const planned = this.current();
      const module = planned.graph.modules.get(moduleIdOf(planned.graph, file) ?? '');
      if (module === undefined || module.code === code) return planned;
    }
    throw new Error(`${file} changes on disk faster than it can be analysed.`);
  }

  /** Changes whenever the plan of any module may have changed. */
  fingerprint(): string {
    return this.#store.fingerprint();
  }

  /** The files that the plan is made of. */
  inputs(): string[] {
    return this.#store.inputs();
  }
}

/** The id that a file in the project's root has, or would have if it was a module of the program. */
export function moduleIdOf({ root, modules }: ModuleGraph, file: string): ModuleId | undefined {
  const id = pathInRoot(root, file);
  if (id !== undefined && modules.has(id)) return id;
  try {
    // Tools may know the file by a path through a symbolic link.
    return pathInRoot(root, realpathSync(file));
  } catch {
    return id;
  }
}

function pathInRoot(root: string, file: string): string | undefined {
  const path = relative(root, file).split(sep).join('/');
  return path === '..' || path.startsWith('../') || isAbsolute(path) ? undefined : path;
}
