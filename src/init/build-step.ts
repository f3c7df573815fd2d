/** The smallest build step that compiles the modules of a project without moving them away from what they read. */
import type { ProjectFacts } from './project-facts.js';

export interface BuildStep {
  /** The scripts with those that build and start the compiled program. */
  scripts: Record<string, string>;
  /** The script that builds it; null if it is compiled when it starts. */
  build: string | null;
  start: string;
  /** Packages that it needs: to build, or wherever the program runs. */
  devDependencies: Record<string, string>;
  dependencies: Record<string, string>;
  /** The directory of what is built. */
  output: string | null;
  notes: string[];
}

const BABEL = '^7.28.0';
const OUTPUTS = ['dist', 'build', 'out'];
/** What runs TypeScript from its sources; compiled, it needs none of them. */
const LOADERS =
  /\s(?:(?:--import|--loader|--experimental-loader|-r|--require)[ =](?:tsx|ts-node\/\S+|tsx\/\S+|@swc-node\/\S+)|--experimental-(?:strip|transform)-types)(?=\s)/g;

export const isTypeScript = ({ modules }: ProjectFacts): boolean => modules.some(id => /\.[cm]?ts$/.test(id));

/** How a project is to be built, whatever its Babel configuration is. */
export function buildStepOf(facts: ProjectFacts): BuildStep {
  const isAtTop = facts.sourceDirectory === '';
  return isAtTop && !facts.isModule && !isTypeScript(facts) ? compiledAtStart(facts) : compiledBefore(facts);
}

/** CommonJS at the top of a project: there is no directory to compile, and `require` can be hooked into. */
function compiledAtStart(facts: ProjectFacts): BuildStep {
  const { packageJson, entry, startScript } = facts;
  const { scripts = {} } = packageJson;
  const name = startScript?.name ?? 'start';
  const before = startScript ? (scripts[name] as string) : `node ${entry}`;
  return {
    scripts: { ...scripts, [name]: asNode(before).replace(/\bnode\b/, 'node -r @babel/register') },
    build: null,
    start: name,
    devDependencies: {},
    dependencies: { '@babel/core': BABEL, '@babel/register': BABEL },
    output: null,
    notes: [
      'The program is compiled each time it starts, by @babel/register: its modules stay where they are, with all that they read beside them.',
    ],
  };
}

function compiledBefore(facts: ProjectFacts): BuildStep {
  const { packageJson, entry, startScript, sourceDirectory, tsconfig, names } = facts;
  const { scripts = {} } = packageJson;
  const isBuiltByTsc = isTypeScript(facts) && /(?:^|&&\s*)(?:npx )?tsc\b/.test(scripts.build ?? '');
  const configured = tsconfig?.match(/"outDir"\s*:\s*"(?:\.\/)?([^"]+?)\/?"/)?.[1];
  const isFree = (name: string): boolean =>
    !names.has(name) && !Object.values(scripts).some(s => s.includes(name));
  const output = (isBuiltByTsc ? configured : undefined) ?? OUTPUTS.find(isFree) ?? 'dist';
  const compile = compileCommand(facts, output);
  const build = scripts.build === undefined || isBuiltByTsc ? 'build' : 'build:server';
  const below =
    sourceDirectory === '' ? (entry as string) : (entry as string).slice(sourceDirectory.length + 1);
  const compiled = `${output}/${below.replace(/\.ts$/, '.js')}`;
  const start = startScript?.name ?? 'start';
  const startCommand = startScript
    ? asNode(scripts[start] as string).replace(startScript.word, () => compiled)
    : `node ${compiled}`;
  const notes =
    sourceDirectory === '' && facts.usesOwnPlace
      ? [
          `Some modules look for files beside themselves (\`__dirname\`, \`import.meta\`). What they look for must be in "${output}" too.`,
        ]
      : [];
  return {
    scripts: {
      ...scripts,
      [build]: isBuiltByTsc ? withTypesChecked(scripts.build as string, compile) : compile,
      ...(startScript || scripts.start === undefined ? { [start]: startCommand } : {}),
    },
    build,
    start,
    devDependencies: { '@babel/core': BABEL, '@babel/cli': BABEL },
    dependencies: {},
    output,
    notes,
  };
}

/** Of a directory all that is in it; at the top of a project only what the program consists of. */
function compileCommand(facts: ProjectFacts, output: string): string {
  const { sourceDirectory, modules, hasAssets, notCompiled } = facts;
  const endings = new Set(modules.map(id => id.slice(id.lastIndexOf('.'))));
  const flags = [
    isTypeScript(facts) ? `--extensions ${[...endings].sort().join(',')}` : '',
    endings.has('.mjs') || endings.has('.cjs') ? '--keep-file-extension' : '',
  ];
  if (sourceDirectory !== '') {
    flags.push(hasAssets ? '--copy-files' : '');
    if (notCompiled.length > 0) flags.push(`--ignore "${notCompiled.join(',')}" --no-copy-ignored`);
    return command([`babel ${sourceDirectory} --out-dir ${output}`, ...flags]);
  }
  const files = modules.filter(id => !id.includes('/'));
  const directories = [...new Set(modules.filter(id => id.includes('/')).map(id => id.split('/')[0]))];
  return [
    ...(files.length > 0 ? [command([`babel ${files.join(' ')} --out-dir ${output}`, ...flags])] : []),
    ...directories.map(directory =>
      command([`babel ${directory} --out-dir ${output}/${directory} --copy-files`, ...flags]),
    ),
  ].join(' && ');
}

const command = (words: readonly string[]): string => words.filter(word => word !== '').join(' ');

/** Babel removes types without looking at them, so the compiler of TypeScript still does that. */
const withTypesChecked = (build: string, compile: string): string =>
  build
    .split('&&')
    .map(part => part.trim())
    .map(part =>
      /^(?:npx )?tsc\b/.test(part)
        ? `${part.replace(/ (?:-b|--build)\b/, '').replace(/ --noEmit\b/, '')} --noEmit && ${compile}`
        : part,
    )
    .join(' && ');

/** A command that starts a module, by Node.js itself. */
const asNode = (script: string): string =>
  script
    .replace(/^(?:nodemon|tsx(?: watch)?|ts-node(?:-esm|-dev)?|babel-node|bun(?: run)?)\b/, 'node')
    .replace(LOADERS, '');
