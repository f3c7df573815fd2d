/**
 * Which files belong to the program.
 *
 * Two questions are kept apart. *Searched* files are found by looking through directories: tests and tool
 * configuration are left out there, because they run in other processes than the server. *Followed* files
 * are imported by a module of the program: they run in the server wherever they lie (a directory `test` may
 * well hold the routes of a resource of that name), so only what its author excludes, packages and build
 * output stay outside.
 *
 * `.gitignore` is not asked: containers are often built without it, and the same sources must give the same
 * plan there.
 */
import { existsSync } from 'node:fs';
import { relative, sep } from 'node:path';
import picomatch from 'picomatch';
import type { NormalizedOptions } from '../options.js';
import { sourceKind } from './source-kind.js';

/** Not searched, unless a pattern of `include` names the directory that they lie in, or the file itself. */
const NOT_SEARCHED = [
  '**/*.{test,spec}.*',
  '**/{test,tests,__tests__,__mocks__}/**',
  '**/*.config.*',
  '**/.*',
  '**/{Gruntfile,Gulpfile,gulpfile}.*',
  '**/*.min.*',
];

/** Directories of build output, if beside a `package.json`: deeper, `build` is as good a name as any. */
const OUTPUT = new Set(['dist', 'build', 'out', 'coverage']);

interface IncludePattern {
  pattern: string;
  /** The directory (or file) that the pattern names before its first wildcard; '' is the root. */
  base: string;
  matches: (path: string) => boolean;
}

export class Membership {
  readonly root: string;
  readonly include: readonly IncludePattern[];
  readonly #excluded: (path: string) => boolean;
  readonly #isAnalysed: (packageName: string) => boolean;
  readonly #notSearched = picomatch(NOT_SEARCHED, { dot: true });
  readonly #outputDirectories = new Map<string, boolean>();

  constructor(options: Pick<NormalizedOptions, 'root' | 'include' | 'exclude' | 'packages'>) {
    this.root = options.root;
    this.include = options.include.map(pattern => ({
      pattern,
      base: picomatch.scan(pattern).base,
      matches: picomatch(alsoBelow(pattern)),
    }));
    this.#isAnalysed = options.packages.length > 0 ? picomatch(options.packages) : () => false;
    this.#excluded = picomatch(options.exclude.flatMap(alsoBelow), { dot: true });
  }

  /** The path relative to the root with forward slashes, or nothing outside the root. */
  pathInRoot(file: string): string | undefined {
    const path = relative(this.root, file);
    if (path === '') return '';
    const slashed = sep === '/' ? path : path.split(sep).join('/');
    return slashed === '..' || slashed.startsWith('../') || /^[A-Za-z]:/.test(slashed) ? undefined : slashed;
  }

  /** Whether the search looks into the directory, given that it looks into its parent for `base`. */
  searchesDirectory(path: string, base: string): boolean {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name === 'node_modules' || this.#excluded(path)) return false;
    return leadsTo(path, base) || !(name.startsWith('.') || this.#isOutputDirectory(path));
  }

  /** The patterns of `include` that make the search find the file; none if it does not. */
  foundBy(path: string): IncludePattern[] {
    if (sourceKind(path) === undefined || this.#excluded(path) || isInPackages(path)) return [];
    return this.include.filter(
      ({ base, matches }) =>
        matches(path) && !this.#notSearched(below(path, base)) && !this.#isOutput(path, [base]),
    );
  }

  /** Whether the file becomes a module of the program when a module imports it. */
  isFollowed(path: string): boolean {
    if (sourceKind(path) === undefined || this.#excluded(path) || isInPackages(path)) return false;
    return !this.#isOutput(
      path,
      this.include.map(({ base }) => base),
    );
  }

  /** Whether the file of an installed package becomes a module of the program when a module imports it. */
  isFollowedInPackage(path: string, packageName: string): boolean {
    return sourceKind(path) !== undefined && !this.#excluded(path) && this.#isAnalysed(packageName);
  }

  /** Forgets where `package.json` files are, for when they may have come or gone. */
  clear(): void {
    this.#outputDirectories.clear();
  }

  /** Whether the file is build output, which is the case in none of the directories `named` by its author. */
  #isOutput(path: string, named: readonly string[]): boolean {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      const directory = path.slice(0, end);
      if (!this.#isOutputDirectory(directory)) continue;
      if (!named.some(base => leadsTo(directory, base) && leadsTo(base, path))) return true;
    }
    return false;
  }

  #isOutputDirectory(path: string): boolean {
    const slash = path.lastIndexOf('/');
    if (!OUTPUT.has(path.slice(slash + 1))) return false;
    let known = this.#outputDirectories.get(path);
    if (known === undefined) {
      const parent = path.slice(0, slash + 1);
      known = parent === '' || existsSync(`${this.root}/${parent}package.json`);
      this.#outputDirectories.set(path, known);
    }
    return known;
  }
}

/** A pattern that names a directory means everything in it. */
function alsoBelow(pattern: string): string[] {
  return [pattern, `${pattern}/**`];
}

function isInPackages(path: string): boolean {
  return path.startsWith('node_modules/') || path.includes('/node_modules/');
}

/** Whether `path` lies on the way from the root to `target`, or is it. */
function leadsTo(path: string, target: string): boolean {
  return path === '' || path === target || target.startsWith(`${path}/`);
}

/** What is left of `path` below `base`. */
function below(path: string, base: string): string {
  if (base === '') return path;
  return path === base ? '' : path.slice(base.length + 1);
}
