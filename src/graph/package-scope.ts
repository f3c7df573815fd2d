/** The `package.json` that governs a file: it decides the format of `.js` files and what the package depends on. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface PackageScope {
  /** The directory of the `package.json`. */
  directory: string;
  name: string | undefined;
  type: 'module' | 'commonjs' | undefined;
  /** The packages it declares to depend on, in whatever way, save those of its own workspace. */
  dependencies: ReadonlySet<string>;
}

const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

export class PackageScopes {
  readonly #scopes = new Map<string, PackageScope | undefined>();

  /** The scope of the files in a directory: the nearest `package.json` upward. */
  of(directory: string): PackageScope | undefined {
    if (this.#scopes.has(directory)) return this.#scopes.get(directory);
    const parent = dirname(directory);
    const scope = readScope(directory) ?? (parent === directory ? undefined : this.of(parent));
    this.#scopes.set(directory, scope);
    return scope;
  }

  /** Forgets everything, for when a `package.json` may have changed. */
  clear(): void {
    this.#scopes.clear();
  }
}

function readScope(directory: string): PackageScope | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, 'package.json'), 'utf8');
  } catch {
    return undefined;
  }
  const fields = parseObject(text);
  const { name, type } = fields;
  return {
    directory,
    name: typeof name === 'string' ? name : undefined,
    type: type === 'module' || type === 'commonjs' ? type : undefined,
    dependencies: new Set(DEPENDENCY_FIELDS.flatMap(field => installedPackages(fields[field]))),
  };
}

function installedPackages(versions: unknown): string[] {
  return Object.entries(Object(versions))
    .filter(([, version]) => !/^(?:workspace|file|link|portal):/.test(String(version)))
    .map(([name]) => name);
}

/** A broken `package.json` still bounds a package, as it does for Node; it just says nothing. */
function parseObject(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
