/**
 * The options of every way into the software: the Babel plugin, the command and the API take the same ones,
 * and all check them here, before anything else happens. Documented in `docs/options.md`.
 *
 * To add one: a property of `Options` and of `NormalizedOptions`, its check in `checkOptions`, its default in
 * `normalizeOptions`, and a section in the page, which a test looks for.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { ParserPlugin } from '@babel/parser';
import { createDiagnostic } from './diagnostics/catalog.js';
import { ConfigurationError } from './diagnostics/configuration-error.js';
import { boolean, type Check, listOf, objectOf, oneOf, refuse, text, textOrFalse } from './options/checks.js';

/** Which exported functions are handlers: all, those of modules that no other module imports, or none. */
export type ExportedHandlers = 'all' | 'entry' | 'none';

export interface HandlerOptions {
  /** Default `'all'`. */
  exports?: ExportedHandlers;
  /** Whether functions handed to code outside the program are handlers. Default `true`. */
  callbacks?: boolean;
  /** Globs of handler ids (`src/cart.ts#addItem`) that may be scheduled. Default: all. */
  include?: string[];
  /** Globs of handler ids that are never scheduled: their author answers for them. */
  exclude?: string[];
}

export interface Options {
  /** The directory of the program, relative to the working directory. Default: the nearest with a `package.json`. */
  root?: string;
  /** Globs, directories or files that are searched for modules, relative to the root. Default: everything. */
  include?: string[];
  /** Globs, directories or files that never become modules, beyond what is left out by default. */
  exclude?: string[];
  handlers?: HandlerOptions;
  /** Whether to rewrite handlers or only to analyse them. Default `'transform'`. */
  mode?: 'transform' | 'report';
  /** Files with effect models of packages, relative to the root. */
  models?: string[];
  /** Globs of the names of packages that are analysed as they are installed, instead of assumed to do anything. Default: none. */
  packages?: string[];
  /** Whether the emitted code checks at run time that the plan holds. Default `false`. */
  audit?: boolean;
  /**
   * The module that transformed code imports the runtime from. Default `'anyspeed/runtime'`, and `'anyspeed/runtime/audit'`
   * in an audit build.
   */
  runtime?: string;
  /** Parser plugins that the sources need beyond the usual ones, as Babel's `parserOpts.plugins` takes them. */
  parserPlugins?: ParserPlugin[];
  /** The TypeScript configuration whose `paths` hold, relative to the root. Default: the nearest of every file. */
  tsconfig?: string | false;
}

/** The options with every default filled in and every path absolute. */
export interface NormalizedOptions {
  /** Without symbolic links, so that it is a prefix of what the resolver gives. */
  root: string;
  /** Relative to the root, with forward slashes. */
  include: string[];
  exclude: string[];
  handlers: Required<HandlerOptions>;
  mode: 'transform' | 'report';
  models: string[];
  packages: string[];
  audit: boolean;
  runtime: string;
  parserPlugins: ParserPlugin[];
  /** An absolute path, `'auto'` for the nearest one of every file, `false` for none. */
  tsconfig: string | false;
}

const parserPlugin: Check<ParserPlugin> = (value, name) => {
  const isPair = Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
  if (typeof value === 'string' || (isPair && typeof value[1] === 'object')) return value as ParserPlugin;
  return refuse(name, 'the name of a Babel parser plugin or a pair of its name and its options', value);
};

const runtimeModule: Check<string> = (value, name) => {
  // Each file would take a relative one for another module, and each runtime has a lock table of its own.
  if (typeof value === 'string' && /^[^.]/.test(value)) return value;
  return refuse(name, 'a package or an absolute path or URL, the same for every file', value);
};

const checkOptions = objectOf({
  root: text,
  include: listOf(text),
  exclude: listOf(text),
  handlers: objectOf({
    exports: oneOf('all', 'entry', 'none'),
    callbacks: boolean,
    include: listOf(text),
    exclude: listOf(text),
  }),
  mode: oneOf('transform', 'report'),
  models: listOf(text),
  packages: listOf(text),
  audit: boolean,
  runtime: runtimeModule,
  parserPlugins: listOf(parserPlugin),
  tsconfig: textOrFalse,
});

/**
 * Checks options that come from outside and fills in the defaults.
 *
 * @param cwd the directory that `root` is relative to, or is searched upward from
 * @throws {ConfigurationError} for the first thing that is wrong with them
 */
export function normalizeOptions(input: unknown, cwd: string): NormalizedOptions {
  const options: Options = checkOptions(input ?? {}, '');
  const root = rootDirectory(options.root, cwd);
  const { handlers = {}, tsconfig } = options;
  return {
    root,
    include: patterns('include', options.include ?? ['**/*'], root),
    exclude: patterns('exclude', options.exclude ?? [], root),
    handlers: {
      exports: handlers.exports ?? 'all',
      callbacks: handlers.callbacks ?? true,
      include: handlers.include ?? ['**'],
      exclude: handlers.exclude ?? [],
    },
    mode: options.mode ?? 'transform',
    models: (options.models ?? []).map((path, index) => existingFile(`models[${index}]`, path, root)),
    packages: options.packages ?? [],
    audit: options.audit ?? false,
    runtime: options.runtime ?? (options.audit ? 'anyspeed/runtime/audit' : 'anyspeed/runtime'),
    parserPlugins: options.parserPlugins ?? [],
    tsconfig: tsconfig === undefined ? 'auto' : tsconfig && existingFile('tsconfig', tsconfig, root),
  };
}

function rootDirectory(given: string | undefined, cwd: string): string {
  const directory = given === undefined ? (nearestPackage(cwd) ?? cwd) : resolve(cwd, given);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new ConfigurationError(createDiagnostic('missing-root', {}, directory));
  }
  return realpathSync(directory);
}

function nearestPackage(directory: string): string | undefined {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : nearestPackage(parent);
}

function existingFile(option: string, path: string, root: string): string {
  const file = resolve(root, path);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return file;
  throw new ConfigurationError(createDiagnostic('missing-option-file', {}, option, path));
}

/** Patterns in the one form that the search compares with: relative to the root, without `./` and final `/`. */
function patterns(option: string, given: readonly string[], root: string): string[] {
  return given.map((pattern, index) => {
    const path = (isAbsolute(pattern) ? relative(root, pattern) : pattern).split(sep).join('/');
    const plain = path.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
    if (/^\.\.(?:\/|$)/.test(plain) || isAbsolute(plain)) {
      refuse(`${option}[${index}]`, "a pattern inside the project's root", pattern);
    }
    return plain === '' || plain === '.' ? '**/*' : plain;
  });
}
