/** Projects that Babel compiles with the plugin, and runs of what comes out, each in a process of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PluginItem } from '@babel/core';
import plugin from '../../src/babel/plugin.js';
import type { Options } from '../../src/options.js';
import { writeIn, writeProject } from '../graph/temporary-project.js';
import type { Babel } from '../transform/babels.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface BuildOptions {
  plugins?: PluginItem[];
  presets?: PluginItem[];
  sourceMaps?: boolean | 'inline';
  options?: Options;
  /** The extension that imports without one get in what is emitted. */
  resolveTo?: string;
}

export interface Built {
  root: string;
  /** By name: what has been emitted. */
  code: Record<string, string>;
  /** Runs a module of the project. @returns what it has written, with the errors behind */
  run(file: string, ...flags: string[]): string;
}

/** Compiles all sources of a project into its directory `dist`. */
export function build(babel: Babel, files: Record<string, string>, how: BuildOptions = {}): Built {
  const root = writeProject({ 'package.json': '{ "type": "module" }', ...files });
  install(root);
  const code: Record<string, string> = {};
  for (const file of Object.keys(files).filter(name => /\.[cm]?[jt]s$/.test(name))) {
    const result = babel.transformSync(files[file] as string, {
      filename: join(root, file),
      cwd: root,
      root,
      babelrc: false,
      configFile: false,
      sourceMaps: how.sourceMaps ?? false,
      sourceFileName: `../${file}`,
      plugins: [[plugin, how.options ?? {}], ...(how.plugins ?? [])],
      presets: how.presets ?? [],
    });
    const emitted = file.replace(/\.([cm]?)[jt]s$/, '.$1js');
    code[file] = result?.code ?? '';
    if (how.resolveTo) code[file] = code[file].replace(/(from ['"]\.\/\w+)(['"])/g, `$1${how.resolveTo}$2`);
    writeIn(root, join('dist', emitted), code[file]);
  }
  return { root, code, run: (file, ...flags) => run(join(root, file), flags) };
}

/** The packages as they are built here: this one, and what compiled code needs of Babel's. */
function install(root: string): void {
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(repository, join(root, 'node_modules/anyspeed'));
  symlinkSync(join(repository, 'node_modules/@babel'), join(root, 'node_modules/@babel'));
}

export function run(file: string, flags: readonly string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, file], {
    encoding: 'utf8',
    cwd: dirname(file),
    // Every call in a worker, however short it is.
    env: { ...process.env, ANYSPEED_PARALLEL: 'pool' },
    timeout: 30_000,
  });
  return stdout + stderr;
}
