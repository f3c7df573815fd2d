/**
 * Builds the module graph: search, read, resolve, link; and keeps it right while files change.
 *
 * Babel compiles one file at a time and asks for the graph at each. Looking at every file of the program each
 * time would make a build quadratic, never looking again would make watch mode wrong. So the store looks
 * again when a file comes with another text than it knows, and otherwise only as often as costs a small
 * share of the time that passes.
 */
import { hash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { createDiagnostic } from '../diagnostics/catalog.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { NormalizedOptions } from '../options.js';
import { DirectoryWalk, type Discovery } from './discover.js';
import { linkModules, type Targets } from './link.js';
import { Membership } from './membership.js';
import type { ModuleGraph, ModuleId } from './module-graph.js';
import { PackageScopes } from './package-scope.js';
import type { ParseContext } from './parse.js';
import { ImportResolver } from './resolve.js';
import { parseSource, readSource, type SourceFile } from './source-file.js';
import { isSameStamp, isUnchanged, type Stamp, stampOf } from './stamp.js';

export type GraphOptions = Pick<
  NormalizedOptions,
  'root' | 'include' | 'exclude' | 'packages' | 'parserPlugins' | 'tsconfig'
>;

/**
 * Builds the graph of a program once.
 * @param onRead is called for each module that was read
 */
export function buildModuleGraph(options: GraphOptions, onRead?: () => void): ModuleGraph {
  return new ModuleStore(options, onRead).graph();
}

interface Entry {
  source: SourceFile;
  /** Where its requests lead, once somebody asked. */
  targets: Targets | undefined;
}

/** A text that stands for a file until the file on disk changes. */
interface Overlay {
  code: string;
  stamp: Stamp | undefined;
}

/** Of the time between two looks at the files, at most the reciprocal of this is spent looking. */
const REST_PER_LOOK = 20;
/** For how many milliseconds the graph is good for whoever does not say that another build has begun. */
const GOOD_FOR = 1000;

/** The modules of one program, kept parsed between the files of a build and between builds. */
export class ModuleStore {
  readonly #options: GraphOptions;
  readonly #onRead: () => void;
  readonly #membership: Membership;
  readonly #walk: DirectoryWalk;
  readonly #packages = new PackageScopes();
  readonly #resolver: ImportResolver;
  readonly #overlays = new Map<ModuleId, Overlay>();
  readonly #configurations = new Map<string, Stamp | undefined>();
  #entries = new Map<ModuleId, Entry>();
  #graph: ModuleGraph | undefined;
  #fingerprint: { graph: ModuleGraph; text: string } | undefined;
  /** Whether an entry changed since the graph was made. */
  #isOutdated = false;
  /** When to look again at the latest, and when at the earliest. */
  #nextLook = 0;
  #nextLookForBuild = 0;
  /** The modules that came since the last look: a build compiles each once, so one that comes again is of the next build. */
  readonly #compiled = new Set<ModuleId>();

  constructor(options: GraphOptions, onRead: () => void = () => {}) {
    this.#options = options;
    this.#onRead = onRead;
    this.#membership = new Membership(options);
    this.#walk = new DirectoryWalk(this.#membership);
    this.#resolver = new ImportResolver(options, this.#membership, this.#packages);
  }

  /** The graph; the same object as long as nothing in it is different. */
  graph(): ModuleGraph {
    if (this.#graph !== undefined && performance.now() < this.#nextLook) return this.#graph;
    return this.refresh();
  }

  /** The graph after looking at every file, however short ago the last look was. */
  refresh(): ModuleGraph {
    const started = performance.now();
    const discovery = this.#walk.walk();
    const configurationsChanged = this.#checkConfigurations(discovery.configurations);
    if (discovery.hasNewEntries || configurationsChanged) this.#forgetResolutions();
    this.#checkEntries();
    const cost = performance.now() - started;

    if (this.#graph === undefined || this.#isOutdated) {
      this.#load(discovery.sources);
      this.#graph = this.#link(discovery, this.#graph);
      this.#isOutdated = false;
    }
    const rest = REST_PER_LOOK * cost;
    this.#nextLookForBuild = performance.now() + rest;
    this.#nextLook = performance.now() + Math.max(rest, GOOD_FOR);
    this.#compiled.clear();
    return this.#graph;
  }

  /**
   * Tells the store the text that a build tool has for a file, which may differ from what is on disk. It counts
   * until the file changes on disk. Says whether the graph may be another one now.
   */
  update(file: string, code: string): boolean {
    this.graph();
    const id = this.#idOf(file);
    if (id === undefined) return false;
    if (this.#compiled.has(id) && performance.now() >= this.#nextLookForBuild) this.refresh();
    this.#compiled.add(id);
    const known = this.#entries.get(id);
    if (known === undefined ? !this.#isSearched(id) : known.source.code === code) return false;
    const location = { id, file: this.#fileOf(id), stamp: stampOf(this.#fileOf(id)) };
    this.#overlays.set(id, { code, stamp: location.stamp });
    const source = parseSource(location, code, this.#contextOf(location.file));
    this.#entries.set(id, { source, targets: undefined });
    this.#isOutdated = true;
    // Whatever changed this file may have changed or made others.
    this.#nextLook = 0;
    return true;
  }

  /** A short text that is different for different graphs: all module texts, and where their imports lead. */
  fingerprint(): string {
    const graph = this.graph();
    if (this.#fingerprint?.graph !== graph) {
      const modules = [...graph.modules.values()];
      const text = modules.map(({ id, hash, format, imports }) => [id, hash, format, [...imports]]);
      this.#fingerprint = { graph, text: hash('sha256', JSON.stringify(text)) };
    }
    return this.#fingerprint.text;
  }

  /** The absolute paths of the files that the graph was made of, for build tools that watch or cache. */
  inputs(): string[] {
    this.graph();
    return [...this.#configurations.keys(), ...[...this.#entries.keys()].sort().map(id => this.#fileOf(id))];
  }

  /** Whether a configuration file changed, came or went since the last time. */
  #checkConfigurations(paths: readonly string[]): boolean {
    const files = paths.map(path => this.#fileOf(path));
    const { tsconfig } = this.#options;
    if (tsconfig !== false && tsconfig !== 'auto') files.push(tsconfig);
    const before = new Map(this.#configurations);
    this.#configurations.clear();
    let changed = before.size !== files.length;
    for (const file of files) {
      const stamp = stampOf(file);
      if (!isUnchanged(before.get(file), stamp)) changed = true;
      this.#configurations.set(file, stamp);
    }
    return changed;
  }

  #forgetResolutions(): void {
    this.#isOutdated = true;
    this.#membership.clear();
    this.#packages.clear();
    this.#resolver.clear();
    for (const entry of this.#entries.values()) entry.targets = undefined;
  }

  /** Reads again the files that changed, and drops those that are gone. */
  #checkEntries(): void {
    for (const [id, entry] of this.#entries) {
      const file = this.#fileOf(id);
      const stamp = stampOf(file);
      const context = this.#contextOf(file);
      const overlay = this.#overlays.get(id);
      const isOverlaid = overlay !== undefined && isSameStamp(overlay.stamp, stamp);
      if (!isOverlaid) this.#overlays.delete(id);
      if (!isOverlaid && stamp === undefined) {
        this.#entries.delete(id);
        this.#forgetResolutions();
        continue;
      }
      const isSameText = isOverlaid || isUnchanged(entry.source.stamp, stamp);
      if (isSameText && entry.source.packageType === context.packageType) continue;
      const location = { id, file, stamp };
      const source = isOverlaid
        ? parseSource(location, overlay.code, context)
        : readSource(location, context, entry.source);
      if (source.parsed === undefined || source.parsed !== entry.source.parsed) {
        entry.targets = undefined;
        this.#isOutdated = true;
      }
      entry.source = source;
    }
  }

  /** Brings in everything that is reached from the files found, and lets go of what no longer is. */
  #load(found: readonly ModuleId[]): void {
    const reached = new Map<ModuleId, Entry>();
    const queue = [...found, ...[...this.#overlays.keys()].filter(id => this.#isSearched(id))];
    for (const id of queue) {
      if (reached.has(id)) continue;
      const entry = this.#entries.get(id) ?? { source: this.#read(id), targets: undefined };
      reached.set(id, entry);
      entry.targets ??= this.#resolveRequests(entry.source);
      for (const target of entry.targets) if (target.kind === 'file') queue.push(target.id);
    }
    this.#entries = reached;
  }

  #read(id: ModuleId): SourceFile {
    const file = this.#fileOf(id);
    const source = readSource({ id, file, stamp: stampOf(file) }, this.#contextOf(file));
    this.#onRead();
    return source;
  }

  #resolveRequests({ file, parsed }: SourceFile): Targets {
    return parsed?.requests.map(request => this.#resolver.resolve(file, request)) ?? [];
  }

  #link(discovery: Discovery, previous: ModuleGraph | undefined): ModuleGraph {
    const { root } = this.#options;
    // Messages must not say where the project is: the same sources give the same plan anywhere.
    const inRoot = (text: string) => text.replaceAll(`${root}/`, '');
    const packages = [...this.#packages.broken].map(([file, reason]) =>
      createDiagnostic('unusable-package-json', {}, inRoot(file), reason),
    );
    const configurations = [...this.#resolver.tsconfigErrors].map(error =>
      createDiagnostic('unusable-tsconfig', {}, inRoot(error)),
    );
    const byMessage = (a: Diagnostic, b: Diagnostic) => (a.message < b.message ? -1 : 1);
    return linkModules({
      root,
      sources: [...this.#entries.values()].map(({ source, targets }) => ({ source, targets: targets ?? [] })),
      diagnostics: [...discovery.diagnostics, ...packages.sort(byMessage), ...configurations.sort(byMessage)],
      previous,
    });
  }

  #isSearched(id: ModuleId): boolean {
    return this.#membership.foundBy(id).length > 0;
  }

  #contextOf(file: string): ParseContext {
    const packageType = this.#packages.of(dirname(file))?.type;
    return { packageType, parserPlugins: this.#options.parserPlugins };
  }

  #fileOf(id: ModuleId): string {
    return `${this.#options.root}/${id}`;
  }

  /** The id that a file has or would have. Build tools may know it by a path through a symbolic link. */
  #idOf(file: string): ModuleId | undefined {
    const id = this.#membership.pathInRoot(file);
    if (id !== undefined && this.#entries.has(id)) return id;
    try {
      return this.#membership.pathInRoot(realpathSync(file));
    } catch {
      return id;
    }
  }
}
