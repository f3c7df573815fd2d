/**
 * What `anyspeed init` has to know of a project: how it is written, built and started today. Read only, nothing is run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModuleGraph } from '../graph/build.js';
import type { ModuleGraph } from '../graph/module-graph.js';
import { normalizeOptions } from '../options.js';

/** The part of a package.json that matters here. */
export interface PackageJson {
  type?: string;
  main?: string;
  babel?: unknown;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  [key: string]: unknown;
}

export interface BabelConfiguration {
  /** Relative to the project. `package.json` if it is the property `babel` of that. */
  path: string;
  text: string;
}

export type PackageManager = 'npm' | 'yarn' | 'pnpm' | 'bun';

export interface ProjectFacts {
  packageJson: PackageJson;
  /** The text of package.json. */
  packageText: string;
  isModule: boolean;
  packageManager: PackageManager;
  babel: BabelConfiguration | null;
  /** Frameworks that it depends on, as people call them. */
  frameworks: string[];
  /** The modules of the program, relative to the project. */
  modules: string[];
  /** The module that is started; null if it is not clear which that is. */
  entry: string | null;
  /** The script that starts it, and the word in it that names the module. */
  startScript: { name: string; word: string } | null;
  /** What all modules lie in that belong to the entry; '' is the project itself. */
  sourceDirectory: string;
  /** Files below the source directory that are no modules but may be read by some. */
  hasAssets: boolean;
  /** Files below the source directory that must not be compiled, as patterns. */
  notCompiled: string[];
  /** Imports that Node.js does not understand once they are compiled: those without an extension in ES modules, aliases. */
  unresolvable: { module: string; request: string } | null;
  importsTypeScript: boolean;
  /** Modules that find other files by their own place. */
  usesOwnPlace: boolean;
  /** Whether .gitignore is there, and its text. */
  gitignore: string | null;
  /** Names in the project's directory. */
  names: ReadonlySet<string>;
  tsconfig: string | null;
}

const BABEL_FILES = [
  ...['js', 'cjs', 'mjs', 'json', 'ts', 'cts', 'mts'].map(extension => `babel.config.${extension}`),
  '.babelrc',
  ...['js', 'cjs', 'mjs', 'json'].map(extension => `.babelrc.${extension}`),
];

const FRAMEWORKS: Record<string, string> = {
  express: 'Express',
  fastify: 'Fastify',
  koa: 'Koa',
  '@hapi/hapi': 'hapi',
  hono: 'Hono',
  '@nestjs/core': 'NestJS',
  next: 'Next.js',
  nuxt: 'Nuxt',
  'socket.io': 'Socket.IO',
  ws: 'ws',
};

const LOCK_FILES: [string, PackageManager][] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];

/** Files that are started by convention. */
const ENTRIES = ['server', 'index', 'app', 'main'];

/**
 * Looks at a project.
 *
 * @throws SyntaxError if its package.json is no JSON
 * @throws NodeJS.ErrnoException if it cannot be read
 */
export function lookAt(directory: string): ProjectFacts {
  const packageText = readFileSync(join(directory, 'package.json'), 'utf8');
  const packageJson: PackageJson = JSON.parse(packageText);
  const names = new Set(readdirSync(directory));
  const graph = buildModuleGraph(normalizeOptions({ root: directory }, directory));
  const modules = [...graph.modules.keys()];
  const started = findEntry(packageJson, new Set(modules));
  const used = started === null ? modules : reachedFrom(started.entry, graph);
  const sourceDirectory = commonDirectory(used);
  const files = filesBelow(directory, sourceDirectory, names);
  return {
    packageJson,
    packageText,
    isModule: packageJson.type === 'module',
    packageManager: LOCK_FILES.find(([file]) => names.has(file))?.[1] ?? 'npm',
    babel: findBabel(directory, packageJson, packageText, names),
    frameworks: Object.keys({ ...packageJson.dependencies }).flatMap(name => FRAMEWORKS[name] ?? []),
    modules: used,
    entry: started?.entry ?? null,
    startScript: started?.script ?? null,
    sourceDirectory,
    hasAssets: files.some(file => !SOURCE.test(file)),
    notCompiled: NOT_COMPILED.filter(([test]) => files.some(file => test.test(file))).map(
      ([, pattern]) => pattern,
    ),
    unresolvable: findUnresolvable(used, graph, packageJson.type === 'module'),
    importsTypeScript: used.some(id =>
      requestsOf(graph, id).some(request => /^\.{1,2}\/.*\.[cm]?ts$/.test(request)),
    ),
    usesOwnPlace: used.some(id => /\b__dirname\b|\bimport\.meta\b/.test(graph.modules.get(id)?.code ?? '')),
    gitignore: names.has('.gitignore') ? readFileSync(join(directory, '.gitignore'), 'utf8') : null,
    names,
    tsconfig: names.has('tsconfig.json') ? readFileSync(join(directory, 'tsconfig.json'), 'utf8') : null,
  };
}

const SOURCE = /\.[cm]?[jt]sx?$/;

/** Patterns as Babel reads them: a star is all of a name but its extensions. */
const NOT_COMPILED: [RegExp, string][] = [
  ...[
    'd.ts',
    'd.mts',
    'd.cts',
    ...['test', 'spec'].flatMap(kind => ['js', 'ts', 'mjs', 'cjs', 'tsx', 'jsx'].map(e => `${kind}.${e}`)),
  ].map((end): [RegExp, string] => [new RegExp(`\\.${end.replace('.', '\\.')}$`), `**/*.${end}`]),
  [/(?:^|\/)__tests__\//, '**/__tests__'],
];

function findBabel(
  directory: string,
  packageJson: PackageJson,
  packageText: string,
  names: ReadonlySet<string>,
): BabelConfiguration | null {
  const path = BABEL_FILES.find(name => names.has(name));
  if (path !== undefined) return { path, text: readFileSync(join(directory, path), 'utf8') };
  return packageJson.babel === undefined ? null : { path: 'package.json', text: packageText };
}

/** Tools that start TypeScript, or start again on changes. */
const STARTER = /^(?:node|nodemon|tsx|ts-node|ts-node-esm|ts-node-dev|babel-node|bun)\b/;

/** The program that `npm start` runs, by a script that starts a module, or by convention. */
function findEntry(
  { scripts = {}, main }: PackageJson,
  modules: ReadonlySet<string>,
): { entry: string; script: ProjectFacts['startScript'] } | null {
  for (const name of ['start', 'serve', 'start:prod', 'dev']) {
    const script = scripts[name];
    if (script === undefined || !STARTER.test(script)) continue;
    for (const word of script.split(/\s+/)) {
      const entry = sourceOf(word, modules);
      if (entry !== undefined) return { entry, script: name === 'dev' ? null : { name, word } };
    }
  }
  const candidates = [main ?? '', ...['', 'src/'].flatMap(base => ENTRIES.map(name => `${base}${name}.js`))];
  for (const candidate of candidates) {
    const entry = sourceOf(candidate, modules);
    if (entry !== undefined) return { entry, script: null };
  }
  return null;
}

/** The module that a path means: itself, or what it was built from. */
function sourceOf(word: string, modules: ReadonlySet<string>): string | undefined {
  const path = word.replace(/^\.\//, '');
  if (path === '' || path.startsWith('-')) return undefined;
  const inside = path.replace(/^(?:dist|build|out)\//, '');
  const stem = inside.replace(/\.[cm]?[jt]s$/, '');
  const stems = inside === path ? [stem] : [`src/${stem}`, stem];
  return [
    path,
    ...stems.flatMap(one => ['.ts', '.js', '.mts', '.mjs', '.cts', '.cjs'].map(e => one + e)),
  ].find(candidate => modules.has(candidate));
}

function reachedFrom(entry: string, graph: ModuleGraph): string[] {
  const reached = new Set([entry]);
  for (const id of reached)
    for (const resolution of graph.modules.get(id)?.imports.values() ?? [])
      if (resolution.kind === 'module') reached.add(resolution.id);
  return [...reached].sort();
}

function commonDirectory(modules: readonly string[]): string {
  const directories = modules.map(module => module.split('/').slice(0, -1));
  const [first = []] = directories;
  let length = first.length;
  for (const directory of directories)
    while (directory.slice(0, length).join('/') !== first.slice(0, length).join('/')) length--;
  // One directory at the top is enough: what is built keeps the structure below.
  return first.slice(0, Math.min(length, 1)).join('/');
}

/** Files of the source directory; of a project without one, none are looked for. */
function filesBelow(directory: string, sourceDirectory: string, names: ReadonlySet<string>): string[] {
  if (sourceDirectory === '' || !names.has(sourceDirectory)) return [];
  return readdirSync(join(directory, sourceDirectory), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.startsWith('.'))
    .map(entry => join(entry.parentPath, entry.name));
}

const requestsOf = (graph: ModuleGraph, id: string): string[] => [
  ...(graph.modules.get(id)?.imports.keys() ?? []),
];

function findUnresolvable(
  used: readonly string[],
  graph: ModuleGraph,
  isModule: boolean,
): ProjectFacts['unresolvable'] {
  for (const id of used)
    for (const [request, resolution] of graph.modules.get(id)?.imports ?? []) {
      if (resolution.kind !== 'module') continue;
      const isRelative = request.startsWith('.');
      const isAlias = !isRelative && !request.startsWith('#');
      const isBare = isRelative && isModule && !/\.[cm]?[jt]s(?:on)?$/.test(request);
      if (isAlias || isBare) return { module: id, request };
    }
  return null;
}
