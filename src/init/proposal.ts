/** From the facts of a project to what is to be changed in it: files before and after, as plain data. */
import { hasPlugin, withPlugin } from './babel-edit.js';
import { type BuildStep, buildStepOf, isTypeScript } from './build-step.js';
import type { PackageJson, ProjectFacts } from './project-facts.js';

export interface FileChange {
  /** Relative to the project. */
  path: string;
  /** Null if it is new. */
  before: string | null;
  after: string;
}

export type Proposal =
  | { kind: 'nothing' }
  | { kind: 'manual'; why: string; what: string }
  | {
      kind: 'changes';
      changes: FileChange[];
      /** What to call then, in order. */
      commands: string[];
      notes: string[];
    };

const MODULES_PLUGIN = '@babel/plugin-transform-modules-commonjs';
const TYPESCRIPT_PRESET = '@babel/preset-typescript';
const BABEL = '^7.27.0';

/** Scripts by which Babel compiles something already. */
const COMPILES = /\bbabel(?:-node)?\b|@babel\/register|\bwebpack\b|\brollup\b|\bvite\b|\bparcel\b|\bgulp\b/;

/** @param version of this package */
export function propose(facts: ProjectFacts, version: string): Proposal {
  const { frameworks, packageJson, babel } = facts;
  const own = ['Next.js', 'Nuxt'].find(name => frameworks.includes(name));
  if (own !== undefined)
    return manual(
      `${own} compiles the program by a compiler of its own.`,
      "Add 'anyspeed/babel' to the plugins of a Babel configuration, if it can use one.",
    );
  const isCompiled = babel !== null && Object.values(packageJson.scripts ?? {}).some(s => COMPILES.test(s));
  const obstacle = isCompiled ? null : obstacleOf(facts);
  if (obstacle) return obstacle;
  const step = isCompiled ? null : buildStepOf(facts);
  const configuration = configurationOf(facts, step);
  if (configuration === null)
    return manual(
      `It is not clear where the plugins are in "${babel?.path}".`,
      "Put 'anyspeed/babel' first in its list of plugins, and `anyspeed` into the dependencies.",
    );
  const changes = [
    packageChange(facts, step, version, configuration),
    ...outside(configuration),
    ...ignored(facts, step),
  ];
  const real = changes.filter(({ before, after }) => before !== after);
  if (real.length === 0) return { kind: 'nothing' };
  return { kind: 'changes', changes: real, commands: commandsOf(facts, step), notes: step?.notes ?? [] };
}

const manual = (why: string, what: string): Proposal => ({ kind: 'manual', why, what });

/** What Babel alone cannot build. */
function obstacleOf(facts: ProjectFacts): Proposal | null {
  const { entry, modules, unresolvable, tsconfig, frameworks } = facts;
  if (modules.length === 0 || entry === null)
    return manual(
      'It is not clear which module is started.',
      'Give package.json a script "start", such as "node src/server.js".',
    );
  if (unresolvable)
    return manual(
      `${unresolvable.module} imports "${unresolvable.request}", which Node.js does not find once Babel has compiled it.`,
      'Write relative imports with their extension, or set up Babel beside your bundler and add the plugin `anyspeed/babel`.',
    );
  const jsx = modules.find(id => id.endsWith('x'));
  if (jsx !== undefined)
    return manual(`${jsx} has JSX.`, 'Set up Babel with a preset for it, then call this again.');
  if (frameworks.includes('NestJS') || /"experimentalDecorators"\s*:\s*true/.test(tsconfig ?? ''))
    return manual(
      'The program uses decorators of TypeScript.',
      'Set up Babel with plugins for them, then call this again.',
    );
  const mixed = isTypeScript(facts) ? modules.find(id => /\.[cm][jt]s$/.test(id)) : undefined;
  if (mixed !== undefined)
    return manual(
      `${mixed} has an extension that says what kind of module it is, and Babel's command would give it another.`,
      'Set up Babel, then call this again.',
    );
  return null;
}

type Configuration = FileChange & { packages: Record<string, string> };

/** The Babel configuration with the plugin; null if there is one that cannot be changed. */
function configurationOf(facts: ProjectFacts, step: BuildStep | null): Configuration | null {
  const { babel, isModule, importsTypeScript } = facts;
  if (babel) {
    const after = hasPlugin(babel) ? babel.text : withPlugin(babel);
    return after === null ? null : { path: babel.path, before: babel.text, after, packages: {} };
  }
  if (step === null || !isTypeScript(facts))
    return {
      path: 'babel.config.json',
      before: null,
      after: json({ plugins: ['anyspeed/babel'] }),
      packages: {},
    };
  const preset = importsTypeScript
    ? [TYPESCRIPT_PRESET, { rewriteImportExtensions: true }]
    : TYPESCRIPT_PRESET;
  const plugins = ['anyspeed/babel', ...(isModule ? [] : [MODULES_PLUGIN])];
  return {
    path: 'babel.config.json',
    before: null,
    after: json({ presets: [preset], plugins }),
    packages: { [TYPESCRIPT_PRESET]: BABEL, ...(isModule ? {} : { [MODULES_PLUGIN]: BABEL }) },
  };
}

const json = (value: unknown, indent: string | number = 2): string =>
  `${JSON.stringify(value, null, indent)}\n`;

/** A configuration that is a file of its own. */
const outside = ({ path, before, after }: Configuration): FileChange[] =>
  path === 'package.json' ? [] : [{ path, before, after }];

function packageChange(
  { packageText }: ProjectFacts,
  step: BuildStep | null,
  version: string,
  { path, after, packages }: Configuration,
): FileChange {
  const packageJson: PackageJson = JSON.parse(path === 'package.json' ? after : packageText);
  const { anyspeed: asTool, ...devDependencies } = packageJson.devDependencies ?? {};
  // The compiled program imports the runtime, so it is needed wherever that runs.
  const dependencies = {
    anyspeed: asTool ?? `^${version}`,
    ...step?.dependencies,
    ...packageJson.dependencies,
  };
  const build = { ...step?.devDependencies, ...packages };
  const added = Object.fromEntries(
    Object.entries(build).filter(([name]) => !Object.hasOwn(dependencies, name)),
  );
  const tools = { ...added, ...devDependencies };
  const changed: PackageJson = {
    ...packageJson,
    ...(step && { scripts: step.scripts }),
    dependencies: keepOrder(packageJson.dependencies, dependencies),
    ...(Object.keys(tools).length > 0 && { devDependencies: keepOrder(packageJson.devDependencies, tools) }),
  };
  if (Object.keys(tools).length === 0) delete changed.devDependencies;
  const indent = packageText.match(/^[ \t]+(?=")/m)?.[0] ?? '  ';
  const text = json(changed, indent);
  return {
    path: 'package.json',
    before: packageText,
    after: isSame(changed, packageText) ? packageText : text,
  };
}

const isSame = (value: unknown, text: string): boolean =>
  JSON.stringify(value) === JSON.stringify(JSON.parse(text));

/** In order of names, as npm writes them, if anything was added. */
function keepOrder(
  before: Record<string, string> | undefined,
  after: Record<string, string>,
): Record<string, string> {
  const isEqual = before && Object.keys(before).length === Object.keys(after).length;
  if (isEqual && Object.keys(after).every(name => Object.hasOwn(before, name))) return before;
  return Object.fromEntries(Object.entries(after).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is built is not to be committed. */
function ignored({ gitignore }: ProjectFacts, step: BuildStep | null): FileChange[] {
  const output = step?.output;
  if (!output || gitignore === null) return [];
  const isThere = gitignore.split(/\r?\n/).some(line => line.trim().replace(/^\/|\/$/g, '') === output);
  if (isThere) return [];
  const end = gitignore === '' || gitignore.endsWith('\n') ? '' : '\n';
  return [{ path: '.gitignore', before: gitignore, after: `${gitignore}${end}${output}\n` }];
}

function commandsOf({ packageManager }: ProjectFacts, step: BuildStep | null): string[] {
  const run = (script: string): string => `${packageManager} run ${script}`;
  if (!step) return [`${packageManager} install`];
  return [`${packageManager} install`, ...(step.build === null ? [] : [run(step.build)]), run(step.start)];
}
