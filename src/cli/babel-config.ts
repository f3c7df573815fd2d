/**
 * The options that the project's Babel configuration gives to the plugin, so that the command says the same as the
 * build.
 *
 * Babel itself reads its configuration, with the version that the project has installed; a configuration file
 * that is JavaScript runs, as it does in every build. Nothing else of the project does. Presets are not unpacked:
 * that would run the code of all of them only to see whether one brings this plugin along.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ResolverFactory } from 'oxc-resolver';
import { DirectoryWalk } from '../graph/discover.js';
import { Membership } from '../graph/membership.js';
import { normalizeOptions, type Options } from '../options.js';
import { CommandError } from './command-error.js';

const PLUGIN = 'anyspeed/babel';
/** One resolver for each way to load a package: the plugin has a file for either. */
const RESOLVERS = [
  ['node', 'import'],
  ['node', 'require'],
].map(conditionNames => new ResolverFactory({ conditionNames }));

export interface ConfiguredOptions {
  options: Options;
  /** What the options are relative to: the directory of the configuration file. */
  directory: string;
  /** The configuration files that were read, relative to the project. */
  files: string[];
}

/** The part of Babel's result that is used here; the same in Babel 7 and 8. */
interface PartialConfig {
  options: { plugins?: ConfigItem[] };
  files: Set<string>;
}

interface ConfigItem {
  value: unknown;
  options: object | undefined | false;
  dirname: string;
  /** Missing if the configuration holds the plugin itself instead of its name. */
  file?: { request: string; resolved: string };
}

interface Babel {
  loadPartialConfigAsync(options: object): Promise<PartialConfig | null>;
}

/**
 * Looks for the plugin in the Babel configuration of a project.
 *
 * @param directory where Babel runs
 * @param configFile a configuration file instead of the project's own
 * @returns nothing if there is no Babel or no plugin in its configuration
 * @throws CommandError if the configuration cannot be loaded
 */
export async function optionsFromBabel(
  directory: string,
  configFile: string | undefined,
): Promise<ConfiguredOptions | undefined> {
  if (configFile !== undefined && !existsSync(configFile)) {
    throw new CommandError(
      `The file "${configFile}" does not exist.`,
      'The flag --config names a Babel configuration file.',
    );
  }
  const files = typicalFiles(directory);
  if (configFile === undefined && !mayBeConfigured(directory, files)) return undefined;
  const babel = await loadBabel(directory);
  if (babel === undefined) {
    if (configFile === undefined) return undefined;
    throw new CommandError(
      `@babel/core is not installed in "${directory}".`,
      'It is needed to read the Babel configuration.',
    );
  }
  // Which plugins a file gets can depend on its name, and no file is known to get them all.
  for (const filename of files) {
    const config = await loadConfig(babel, directory, filename, configFile);
    const item = config && (await findPlugin(config.options.plugins ?? []));
    if (item) {
      const read = [...config.files].map(file => relative(directory, file));
      return { options: item.options || {}, directory: item.dirname, files: read };
    }
  }
  return undefined;
}

async function loadBabel(directory: string): Promise<Babel | undefined> {
  let path: string;
  try {
    path = createRequire(join(directory, 'package.json')).resolve('@babel/core');
  } catch {
    return undefined;
  }
  return import(pathToFileURL(path).href);
}

/**
 * Whether Babel can find any configuration: in one of the directories of the sources, or in one around them. Loading Babel takes
 * as long as analysing some thousand lines.
 */
function mayBeConfigured(directory: string, files: readonly string[]): boolean {
  const searched = new Set<string>();
  for (const start of [directory, ...files.map(file => dirname(file))])
    for (let at = start; !searched.has(at); at = dirname(at)) searched.add(at);
  return [...searched].some(hasConfiguration);
}

function hasConfiguration(directory: string): boolean {
  try {
    const names = readdirSync(directory);
    if (names.some(name => /^(?:babel\.config\.|\.babelrc(?:$|\.))/.test(name))) return true;
    return (
      names.includes('package.json') &&
      /"babel"\s*:/.test(readFileSync(join(directory, 'package.json'), 'utf8'))
    );
  } catch {
    // What cannot be read is for Babel to complain of.
    return true;
  }
}

/** A file of each extension in each directory: the first, which stands for those beside it. */
function typicalFiles(directory: string): string[] {
  const { sources } = new DirectoryWalk(
    new Membership(normalizeOptions({ root: directory }, directory)),
  ).walk();
  const byKind = new Map<string, string>();
  for (const source of sources) {
    const kind = join(dirname(source), extname(source));
    if (!byKind.has(kind)) byKind.set(kind, join(directory, source));
  }
  return [...byKind.values()];
}

async function loadConfig(
  babel: Babel,
  directory: string,
  filename: string,
  configFile: string | undefined,
): Promise<PartialConfig | null> {
  try {
    return await babel.loadPartialConfigAsync({
      cwd: directory,
      filename,
      caller: { name: 'anyspeed' },
      ...(configFile !== undefined && { configFile }),
    });
  } catch (error) {
    throw new CommandError(
      `The Babel configuration of "${directory}" cannot be loaded: ${error instanceof Error ? error.message : error}`,
      'Correct it, or ignore it with --no-config and give the options as flags.',
      { cause: error },
    );
  }
}

async function findPlugin(items: readonly ConfigItem[]): Promise<ConfigItem | undefined> {
  for (const item of items) {
    // Babel's way to switch off a plugin that another part of the configuration names.
    if (item.options === false) continue;
    if (item.file ? isPluginFile(item.file, item.dirname) : await isPluginItself(item)) return item;
  }
  return undefined;
}

function isPluginFile(
  { request, resolved }: { request: string; resolved: string },
  directory: string,
): boolean {
  return request === PLUGIN || pluginFiles(directory).includes(realpathSync(resolved));
}

/** Whether the configuration imported the plugin; if so, importing it once more gives the same function. */
async function isPluginItself({ value, dirname }: ConfigItem): Promise<boolean> {
  for (const file of pluginFiles(dirname)) {
    const module = await import(pathToFileURL(file).href);
    if (module.default === value || module.default?.default === value) return true;
  }
  return false;
}

function pluginFiles(directory: string): string[] {
  return RESOLVERS.flatMap(resolver => resolver.sync(directory, PLUGIN).path ?? []);
}
