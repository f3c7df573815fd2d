/** The `package.json` that governs a file: it decides the format of `.js` files and what the package depends on. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface PackageScope {
  type: 'module' | 'commonjs' | undefined;
  /** The packages it declares to depend on, in whatever way, save those of its own workspace. */
  dependencies: ReadonlySet<string>;
}

const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

export class PackageScopes {
  readonly #scopes = new Map<string, PackageScope | undefined>();
  /** The absolute paths of those that are no JSON, with the reason. */
  readonly broken = new Map<string, string>();

  /** The scope of the files in a directory: the nearest `package.json` upward. */
  of(directory: string): PackageScope | undefined {
    if (this.#scopes.has(directory)) return this.#scopes.get(directory);
    const parent = dirname(directory);
    const scope = this.#read(directory) ?? (parent === directory ? undefined : this.of(parent));
    this.#scopes.set(directory, scope);
    return scope;
  }

  /** Forgets everything, for when a `package.json` may have changed. */
  clear(): void {
    this.#scopes.clear();
    this.broken.clear();
  }

  #read(directory: string): PackageScope | undefined {
    const file = join(directory, 'package.json');
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
    let fields: Record<string, unknown> = {};
    try {
      fields = Object(JSON.parse(text));
    } catch (error) {
      // It still bounds a package; it just says nothing.
      this.broken.set(file, (error as Error).message);
    }
    const { type } = fields;
    return {
      type: type === 'module' || type === 'commonjs' ? type : undefined,
      dependencies: new Set(DEPENDENCY_FIELDS.flatMap(field => installedPackages(fields[field]))),
    };
  }
}

function installedPackages(versions: unknown): string[] {
  return Object.entries(Object(versions))
    .filter(([, version]) => !/^(?:workspace|file|link|portal):/.test(String(version)))
    .map(([name]) => name);
}
