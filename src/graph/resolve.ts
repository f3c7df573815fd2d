/**
 * Where a request leads: to a file that may be a module of the program, to a package, to something that is
 * no code of the program, or nowhere.
 *
 * The rules are those of Node and TypeScript together (`oxc-resolver` implements both): sources are analysed, so
 * that `./cart.js` may well mean `cart.ts`. When in doubt the answer is the one for which the analysis
 * assumes more: a package is only believed to be one, and so to keep out of the program's state, if it is
 * installed or declared; otherwise a misconfigured alias would hide a part of the program.
 */
import { existsSync, realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { type NapiResolveOptions, ResolverFactory } from 'oxc-resolver';
import type { NormalizedOptions } from '../options.js';
import type { Membership } from './membership.js';
import type { Resolution } from './module-graph.js';
import { type PackageRequest, packageAt, packageRequest } from './package-request.js';
import type { PackageScopes } from './package-scope.js';
import type { ModuleRequest } from './requests.js';
import { sourceKind } from './source-kind.js';

/** A resolution before it is known whether the file it leads to could be parsed. `id` is its path in the root. */
export type Target = { kind: 'file'; id: string } | Exclude<Resolution, { kind: 'module' }>;

/** Sources first, because what lies beside them is compiled from them; in JavaScript, the file that Node would take. */
const TYPESCRIPT_FIRST = [
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.json',
  '.node',
  '.d.ts',
];
const JAVASCRIPT_FIRST = [
  '.js',
  '.json',
  '.node',
  '.cjs',
  '.mjs',
  '.jsx',
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.d.ts',
];

const OUTPUT_OF = {
  '.js': ['.ts', '.tsx', '.js', '.jsx', '.d.ts'],
  '.jsx': ['.tsx', '.jsx'],
  '.mjs': ['.mts', '.mjs', '.d.mts'],
  '.cjs': ['.cts', '.cjs', '.d.cts'],
};
const ITSELF_FIRST = Object.fromEntries(
  Object.entries(OUTPUT_OF).map(([extension, sources]) => [extension, [...new Set([extension, ...sources])]]),
);

/** How the resolver words what is wrong with a TypeScript configuration, rather than with a request. */
const TSCONFIG_ERROR = /tsconfig/i;

export class ImportResolver {
  readonly #options: Pick<NormalizedOptions, 'root' | 'tsconfig'>;
  readonly #membership: Membership;
  readonly #packages: PackageScopes;
  /** Made when first needed. */
  readonly #variants = new Map<string, ResolverFactory>();
  /** By TypeScript configuration. The variants of one share its cache; those of two would spoil it for each other. */
  readonly #bases = new Map<string | false, ResolverFactory>();
  /** What was found wrong with TypeScript configurations. */
  readonly tsconfigErrors = new Set<string>();

  constructor(
    options: Pick<NormalizedOptions, 'root' | 'tsconfig'>,
    membership: Membership,
    packages: PackageScopes,
  ) {
    this.#options = options;
    this.#membership = membership;
    this.#packages = packages;
  }

  /** Where `request`, made by the file `from`, leads. */
  resolve(from: string, { request, style }: Pick<ModuleRequest, 'request' | 'style'>): Target {
    if (request.startsWith('node:')) return { kind: 'external', name: request };
    if (isBuiltin(request)) return { kind: 'external', name: `node:${request}` };
    if (/^(?!file:)[a-z][a-z\d+.-]+:/i.test(request)) return { kind: 'opaque', request };
    const path = this.#find(from, request, style);
    if (path === undefined) return this.#explainMissing(from, request);
    return this.#classify(request, path);
  }

  /** Forgets what the file system looked like. */
  clear(): void {
    this.#bases.clear();
    this.#variants.clear();
    this.tsconfigErrors.clear();
  }

  #find(from: string, request: string, style: ModuleRequest['style']): string | undefined {
    const typescriptFirst = sourceKind(from) !== 'js';
    const { tsconfig, root } = this.#options;
    const ask = (configuration: string | false) => {
      const result = this.#variant(style, typescriptFirst, configuration).resolveFileSync(from, request);
      if (result.error === undefined || !TSCONFIG_ERROR.test(result.error)) return result.path;
      this.tsconfigErrors.add(result.error);
      return this.#variant(style, typescriptFirst, false).resolveFileSync(from, request).path;
    };
    const path = ask(tsconfig);
    if (path !== undefined || tsconfig !== 'auto' || request.startsWith('.')) return path;
    // A configuration counts only for the files that it includes, mostly not for JavaScript. Babel compiles
    // these all the same, with aliases that are hardly different.
    const fallback = ['tsconfig.json', 'jsconfig.json'].map(name => join(root, name)).find(existsSync);
    return fallback === undefined ? undefined : ask(fallback);
  }

  #variant(
    style: ModuleRequest['style'],
    typescriptFirst: boolean,
    tsconfig: string | false,
  ): ResolverFactory {
    const key = `${style} ${typescriptFirst} ${tsconfig}`;
    let variant = this.#variants.get(key);
    if (variant === undefined) {
      const options: NapiResolveOptions = {
        conditionNames: ['node', style],
        extensions: typescriptFirst ? TYPESCRIPT_FIRST : JAVASCRIPT_FIRST,
        extensionAlias: typescriptFirst ? OUTPUT_OF : ITSELF_FIRST,
        mainFields: ['main'],
        nodePath: false,
      };
      if (tsconfig === 'auto') options.tsconfig = 'auto';
      else if (tsconfig !== false) options.tsconfig = { configFile: tsconfig, references: 'auto' };
      const base = this.#bases.get(tsconfig) ?? new ResolverFactory({});
      this.#bases.set(tsconfig, base);
      variant = base.cloneWithOptions(options);
      this.#variants.set(key, variant);
    }
    return variant;
  }

  #classify(request: string, path: string): Target {
    const id = this.#membership.pathInRoot(path);
    // The root may itself lie among packages, as an installed server does that is analysed where it is.
    const found = packageAt(request, id ?? path.replaceAll(sep, '/'));
    if (found !== undefined) {
      const isFollowed = id !== undefined && this.#membership.isFollowedInPackage(id, found.name);
      return isFollowed ? { kind: 'file', id } : external(found);
    }
    if (id !== undefined) {
      return this.#membership.isFollowed(id) ? { kind: 'file', id } : { kind: 'opaque', request };
    }
    // A package of the same workspace that is linked from outside the root.
    const asked = packageRequest(request);
    return asked === undefined ? { kind: 'opaque', request } : external(asked);
  }

  /** Tells packages that are merely not installed here, or only as types, from what is really unknown. */
  #explainMissing(from: string, request: string): Target {
    const asked = packageRequest(request);
    const unresolved: Target = { kind: 'unresolved', request };
    if (asked === undefined) return unresolved;
    const { name } = asked;
    const typesName = `@types/${name.replace(/^@(.*)\//, '$1__')}`;
    let isDeclared = false;
    for (const directory of upwards(dirname(from))) {
      const installed = join(directory, 'node_modules', name);
      // One of the same workspace that has not been built is code of the program.
      if (existsSync(installed)) return this.#leadsIntoRoot(installed) ? unresolved : external(asked);
      isDeclared ||= this.#packages.of(directory)?.dependencies.has(name) === true;
      isDeclared ||= existsSync(join(directory, 'node_modules', typesName));
    }
    return isDeclared ? external(asked) : unresolved;
  }

  #leadsIntoRoot(directory: string): boolean {
    const path = this.#membership.pathInRoot(realpathSync(directory));
    return path !== undefined && !path.split('/').includes('node_modules');
  }
}

function* upwards(directory: string): Iterable<string> {
  yield directory;
  const parent = dirname(directory);
  if (parent !== directory) yield* upwards(parent);
}

function external(asked: PackageRequest): Target {
  return { kind: 'external', ...asked };
}
