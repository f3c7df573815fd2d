/**
 * Finds the source files of the program by walking its directories.
 *
 * The walk remembers every directory with the stamp it had, so that walking again costs one `stat` for
 * each unless something came or went. Symbolic links are not followed: what they lead to inside the root
 * is found where it really is (and Node runs it as that file), so links can neither duplicate a module,
 * which would split its state in two, nor loop.
 */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { createDiagnostic } from '../diagnostics/catalog.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { reasonOf } from './file-error.js';
import type { Membership } from './membership.js';
import { isUnchanged, type Stamp, stampOf } from './stamp.js';

interface Listing {
  stamp: Stamp | undefined;
  directories: string[];
  /** Files whose name may make them a module or steer how modules are resolved. */
  files: string[];
  diagnostics: Diagnostic[];
}

export interface Discovery {
  /** Paths relative to the root, in order. */
  sources: string[];
  /** `package.json` and TypeScript configurations beside them: they decide how modules are read and resolved. */
  configurations: string[];
  diagnostics: Diagnostic[];
  /** Whether directories have other entries than at the previous walk. */
  hasNewEntries: boolean;
}

const CONFIGURATION = /^(package|[jt]sconfig(\..+)?)\.json$/;

export class DirectoryWalk {
  readonly #membership: Membership;
  #listings = new Map<string, Listing>();
  #fileCount = 0;
  #found: Omit<Discovery, 'hasNewEntries'> | undefined;

  constructor(membership: Membership) {
    this.#membership = membership;
  }

  /** Walks the directories that `include` names, reading only those that changed since the last time. */
  walk(): Discovery {
    const previous = this.#listings;
    const current = new Map<string, Listing>();
    const files = new Set<string>();
    for (const { base } of this.#membership.include) {
      const isFile = statSync(this.#absolute(base), { throwIfNoEntry: false })?.isFile() === true;
      if (isFile) files.add(base);
      else this.#visit(base, base, previous, current, files);
    }
    this.#listings = current;
    const hasNewEntries =
      previous.size !== current.size ||
      files.size !== this.#fileCount ||
      [...current].some(([path, listing]) => previous.get(path) !== listing);
    this.#fileCount = files.size;
    if (this.#found === undefined || hasNewEntries) this.#found = this.#sort(files, current);
    return { ...this.#found, hasNewEntries };
  }

  #visit(
    path: string,
    base: string,
    previous: ReadonlyMap<string, Listing>,
    current: Map<string, Listing>,
    files: Set<string>,
  ): void {
    if (current.has(path)) return;
    const listing = this.#list(path, previous.get(path));
    if (listing === undefined) return;
    current.set(path, listing);
    for (const file of listing.files) files.add(file);
    for (const directory of listing.directories) {
      if (this.#membership.searchesDirectory(directory, base)) {
        this.#visit(directory, base, previous, current, files);
      }
    }
  }

  /** What is in a directory, or nothing if there is none. */
  #list(path: string, known: Listing | undefined): Listing | undefined {
    const absolute = this.#absolute(path);
    const stamp = stampOf(absolute);
    if (known !== undefined && isUnchanged(known.stamp, stamp)) return known;
    const listing: Listing = { stamp, directories: [], files: [], diagnostics: [] };
    try {
      const entries = readdirSync(absolute, { withFileTypes: true });
      // In an order that does not depend on the file system.
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const entryPath = path === '' ? entry.name : `${path}/${entry.name}`;
        if (entry.isDirectory()) listing.directories.push(entryPath);
        else if (entry.isFile()) listing.files.push(entryPath);
        else if (entry.isSymbolicLink() && this.#leavesRoot(entryPath)) {
          listing.diagnostics.push(createDiagnostic('symlink-leaves-root', {}, entryPath));
        }
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      listing.diagnostics.push(createDiagnostic('unreadable-directory', {}, path || '.', reasonOf(error)));
    }
    if (known === undefined || !isDeepStrictEqual({ ...known, stamp }, listing)) return listing;
    known.stamp = stamp;
    return known;
  }

  /** Whether a link that the search would have followed leads somewhere that it will never come to. */
  #leavesRoot(path: string): boolean {
    if (!this.#membership.searchesDirectory(path, '')) return false;
    try {
      const target = realpathSync(this.#absolute(path));
      if (this.#membership.pathInRoot(target) !== undefined) return false;
      return statSync(target).isDirectory() || this.#membership.foundBy(path).length > 0;
    } catch {
      // A dangling link, or one in a loop of links, leads to no file at all.
      return false;
    }
  }

  #sort(
    files: ReadonlySet<string>,
    listings: ReadonlyMap<string, Listing>,
  ): Omit<Discovery, 'hasNewEntries'> {
    const sources: string[] = [];
    const configurations: string[] = [];
    const useful = new Set<string>();
    for (const path of [...files].sort()) {
      if (CONFIGURATION.test(path.slice(path.lastIndexOf('/') + 1))) configurations.push(path);
      const patterns = this.#membership.foundBy(path);
      if (patterns.length > 0) sources.push(path);
      for (const { pattern } of patterns) useful.add(pattern);
    }
    const diagnostics = [...listings.values()].flatMap(listing => listing.diagnostics);
    const { include, root } = this.#membership;
    if (sources.length === 0) diagnostics.push(createDiagnostic('no-modules', {}, root));
    else {
      for (const { pattern } of include) {
        if (!useful.has(pattern)) diagnostics.push(createDiagnostic('include-matches-nothing', {}, pattern));
      }
    }
    return { sources, configurations, diagnostics };
  }

  #absolute(path: string): string {
    return path === '' ? this.#membership.root : `${this.#membership.root}/${path}`;
  }
}
