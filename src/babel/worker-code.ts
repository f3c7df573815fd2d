/**
 * The code that a worker evaluates to have a parallel function: the pieces of the program that the function needs, each compiled as
 * the user's own configuration compiles the rest of the file it is in.
 *
 * Each module is compiled by itself, from its whole text, of which a plugin that comes first leaves only the pieces. So every
 * place in the source stays what it is.
 */
import { dirname, posix, relative } from 'node:path';
import type * as Babel from '@babel/core';
import type { BabelFile, PluginItem, TransformOptions } from '@babel/core';
import type { SourceModule } from '../graph/module-graph.js';
import type { PlannedParallel, SlicedModule } from '../plan/plan.js';
import type { Types } from '../transform/rewriting.js';
import { type SliceNames, sliceProgram } from '../transform/slice-program.js';
import type { ParallelCode } from '../transform/wrap-parallel.js';
import { JoinedMaps, ofLines, type SourceMap } from './joined-maps.js';

/** What of `@babel/core` makes the code, whichever version of it runs the plugin. */
export type Compiler = Pick<typeof Babel, 'transformSync'> & {
  types: Types;
  loadOptionsSync(options: TransformOptions): TransformOptions | null;
};

/** A parallel function, and the modules of the program that it needs parts of. */
export interface SlicedFunction {
  planned: PlannedParallel;
  modules: readonly SourceModule[];
}

/** The name of the plugin, under which it is left out when a slice is compiled. */
export const PLUGIN_NAME = 'anyspeed';

/**
 * The body of a function with the one parameter `require`, which returns the parallel function.
 * @param file the file with the function, as it is being compiled
 */
export function workerCodeOf(
  babel: Compiler,
  file: BabelFile,
  { planned, modules }: SlicedFunction,
): Pick<ParallelCode, 'source' | 'lines'> {
  const names = freeNames(planned, modules);
  const parts = planned.modules.map((slice, index) => {
    const module = modules[index] as SourceModule;
    return compile(babel, file, module, slice, names);
  });
  const code = new Assembly();
  code.add(`const ${planned.modules.map(({ path }) => `${names.holderOf(path)} = {}`).join(', ')};`);
  if (parts.some(part => part.code.includes(names.interop)))
    code.add(`const ${names.interop} = m => (m != null && m.__esModule && "default" in m ? m.default : m);`);
  for (const part of parts) {
    code.add('(function () {');
    code.add(part.code, part.map);
    code.add('})();');
  }
  code.add(`return ${names.holderOf(planned.root.module)}.${planned.root.name};`);
  if (file.opts.sourceMaps) return { source: code.withMap(), lines: null };
  return {
    source: code.toString(),
    lines: { sources: planned.modules.map(({ path }) => path), mappings: code.lineMappings() },
  };
}

/** Names that are in none of the modules. */
function freeNames({ modules: slices }: PlannedParallel, modules: readonly SourceModule[]): SliceNames {
  const isTaken = (name: string): boolean => modules.some(({ code }) => code.includes(name));
  let prefix = '_slice';
  while (isTaken(prefix)) prefix = `_${prefix}`;
  let interop = '_default';
  while (isTaken(interop)) interop = `_${interop}`;
  const holders = new Map(slices.map(({ path }, index) => [path, `${prefix}${index}`]));
  return { holderOf: module => holders.get(module) ?? '', interop };
}

interface Compiled {
  code: string;
  map: SourceMap | null;
}

function compile(
  babel: Compiler,
  file: BabelFile,
  module: SourceModule,
  slice: SlicedModule,
  names: SliceNames,
): Compiled {
  const own = file.opts as TransformOptions;
  const { plugins, presets, parserOpts, ...options } = optionsFor(babel, own, module);
  const slicing: PluginItem = () => ({
    name: `${PLUGIN_NAME}/slice`,
    pre(part: BabelFile) {
      sliceProgram(babel.types, part.path, slice, names);
    },
    visitor: {},
  });
  const result = babel.transformSync(module.code, {
    ...options,
    filename: module.file,
    babelrc: false,
    configFile: false,
    browserslistConfigFile: false,
    // Babel adds to these lists.
    parserOpts: { ...parserOpts, sourceFileName: undefined, plugins: [...(parserOpts?.plugins ?? [])] },
    plugins: [slicing, ...(plugins ?? []).filter(plugin => !isOwn(plugin))],
    presets: (presets ?? []).map(withoutOwn),
    sourceType: module.format === 'esm' ? 'module' : 'script',
    sourceMaps: true,
    sourceFileName: nameInMap(own, module),
    comments: false,
    compact: false,
    minified: false,
    ast: false,
    code: true,
  } as TransformOptions);
  return { code: result?.code ?? '', map: result?.map ?? null };
}

/**
 * The user's options for a module. Those of the file being compiled are known, wherever they came from; for another one they are
 * loaded, if it is configuration files that they come from.
 */
function optionsFor(babel: Compiler, own: TransformOptions, module: SourceModule): TransformOptions {
  const { cwd, root, envName, caller, assumptions, targets } = own as TransformOptions &
    Record<string, unknown>;
  const around = { cwd, root, envName, caller } as TransformOptions;
  const same: TransformOptions = {
    ...around,
    ...({ assumptions, targets } as object),
    plugins: own.plugins,
    presets: own.presets,
    parserOpts: own.parserOpts,
  };
  if (own.filename === module.file) return same;
  const loaded = babel.loadOptionsSync({ ...around, filename: module.file });
  if (!loaded?.plugins?.some(isOwn)) return same;
  const { plugins, presets, parserOpts } = loaded;
  return { ...same, ...(loaded as object), plugins, presets, parserOpts, ...around };
}

const isOwn = (plugin: PluginItem): boolean =>
  typeof plugin === 'object' && 'key' in plugin && plugin.key === PLUGIN_NAME;

/** With `passPerPreset`, each pass is a preset that holds its plugins. */
function withoutOwn(preset: PluginItem): PluginItem {
  if (typeof preset !== 'object' || !('plugins' in preset)) return preset;
  const plugins = preset.plugins as PluginItem[];
  return { ...preset, plugins: plugins.filter(plugin => !isOwn(plugin)) } as unknown as PluginItem;
}

/** The name of a module in source maps: where it is, seen from the file that is being compiled. */
function nameInMap(own: TransformOptions, { file }: SourceModule): string {
  const filename = own.filename ?? '';
  const { sourceFileName } = own;
  const name = sourceFileName ?? posix.basename(filename.replaceAll('\\', '/'));
  if (file === filename) return name;
  const path = relative(dirname(filename), file).replaceAll('\\', '/');
  return posix.join(posix.dirname(name.replaceAll('\\', '/')), path);
}

/** Text of several origins, and the source map of it all. */
class Assembly {
  private readonly lines: string[] = [];
  private readonly maps = new JoinedMaps();

  add(code: string, map: SourceMap | null = null): void {
    const lines = code.split('\n');
    this.maps.add(lines.length, map);
    this.lines.push(...lines);
  }

  toString(): string {
    return this.lines.join('\n');
  }

  withMap(): string {
    const encoded = Buffer.from(JSON.stringify(this.maps)).toString('base64');
    return `${this}\n//# sourceMappingURL=data:application/json;base64,${encoded}`;
  }

  lineMappings(): string {
    return ofLines(this.maps.mappings);
  }
}
