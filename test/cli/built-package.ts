/**
 * The package as the tests of the command run it: built from the present sources into a directory of its own, so
 * that no test sees a stale `dist` or one that another test is just replacing.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the command and the plugin, and returns the directory of the package. */
export function buildPackage(): string {
  const directory = mkdtempSync(join(tmpdir(), 'anyspeed-built-'));
  for (const name of ['package.json', 'node_modules']) {
    symlinkSync(join(repository, name), join(directory, name));
  }
  execFileSync(process.execPath, [join(repository, 'test/cli/bundle.js'), directory], { stdio: 'pipe' });
  return directory;
}

/** Links the package and what it needs into a project, as an installation does. */
export function install(packageDirectory: string, project: string, babel = '@babel/core'): void {
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, '@babel'), { recursive: true });
  symlinkSync(packageDirectory, join(modules, 'anyspeed'));
  symlinkSync(join(repository, 'node_modules', babel), join(modules, '@babel/core'));
}

export function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
