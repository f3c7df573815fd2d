/**
 * The fixture programs as audit builds, in a directory where they can be run: with the runtime as their package `anyspeed`, and
 * with packages in the place of all others that hand what they are given to whoever drives the programs.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import babel7, { type BabelFile } from '@babel/core';
import { analyze } from '../../src/analyze.js';
import { buildModuleGraph } from '../../src/graph/build.js';
import type { ModuleGraph } from '../../src/graph/module-graph.js';
import { normalizeOptions } from '../../src/options.js';
import { auditOf } from '../../src/plan/audit.js';
import type { Plan } from '../../src/plan/plan.js';
import { applyEdits } from '../../src/transform/apply-edits.js';
import type { Types } from '../../src/transform/rewriting.js';

const bundler = fileURLToPath(new URL('bundle-audit.js', import.meta.url));
const stub = fileURLToPath(new URL('outside.cjs', import.meta.url));
/** Modules of Node that would open ports. */
const REPLACED = ['http', 'https', 'net', 'dgram', 'http2', 'tls'];

/** A directory to compile programs into. */
export function workspace(): { directory: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'anyspeed-audit-'));
  execFileSync(process.execPath, [bundler, join(directory, 'node_modules/anyspeed')]);
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  // The words that the programs are called with are names of files, too.
  for (const name of ['a', 'b', 'c']) writeFileSync(join(directory, name), name);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export interface Compiled {
  name: string;
  /** Absolute paths of its modules. */
  files: string[];
}

/** What is done to a plan before it is followed: nothing, or damage that the audit has to find. */
export type Damage = (plan: Plan) => Plan;

/** Compiles the modules `include` of the program in `root`, as modules of `prefix` so that no two programs share names. */
export function compile(
  { root, include, name }: { root: string; include: string[]; name: string },
  directory: string,
  damage: Damage = plan => plan,
): Compiled {
  const options = normalizeOptions({ root, include, exclude: [], tsconfig: false, audit: true }, root);
  const graph = buildModuleGraph(options);
  const plan = damage(renamed(analyze(graph, options), name));
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.json') && include.some(path => dirname(path) === dirname(file)))
      copyTo(join(root, file), join(directory, name, file));
  const files = [...graph.modules.values()].map(({ id, file, code, format }) => {
    const target = join(directory, name, id.replace(/\.([cm]?)tsx?$/, '.$1js'));
    mkdirSync(dirname(target), { recursive: true });
    const emitted = emit(code, file, format, plan, `${name}/${id}`);
    writeFileSync(target, withoutOutside(emitted, directory));
    return target;
  });
  return { name, files };
}

function copyTo(file: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
}

function emit(
  code: string,
  filename: string,
  format: NonNullable<ReturnType<ModuleGraph['modules']['get']>>['format'],
  plan: Plan,
  id: string,
): string {
  const isTyped = /\.[cm]?tsx?$/.test(filename);
  const result = babel7.transformSync(code, {
    filename,
    babelrc: false,
    configFile: false,
    sourceType: format === 'esm' ? 'module' : 'script',
    parserOpts: {
      allowReturnOutsideFunction: true,
      plugins: ['decorators', 'jsx', 'explicitResourceManagement'],
    },
    ...(isTyped && {
      presets: [['@babel/preset-typescript', { onlyRemoveTypeImports: true, allowDeclareFields: true }]],
    }),
    plugins: [
      ...(/^\s*@\w/m.test(code) ? [['@babel/plugin-proposal-decorators', { version: '2023-11' }]] : []),
      ({ types }: { types: Types }) => ({
        pre(file: BabelFile) {
          applyEdits(types, file.path, {
            edits: plan.modules.find(({ path }) => path === id)?.edits ?? [],
            handlers: new Map(plan.handlers.map(handler => [handler.id, handler])),
            format,
            runtime: 'anyspeed/runtime/audit',
            audit: auditOf(plan, id),
          });
        },
        visitor: {},
      }),
    ],
  });
  return result?.code ?? '';
}

/** The plan with all modules, and so all handlers and classes, below `prefix`. */
function renamed(plan: Plan, prefix: string): Plan {
  const paths = plan.modules.map(({ path }) => path).sort((a, b) => b.length - a.length);
  const text = JSON.stringify(plan, (key, value) =>
    key === 'audit' && value
      ? Object.fromEntries(Object.entries(value).map(([path, audit]) => [`${prefix}/${path}`, audit]))
      : typeof value === 'string' && key !== 'name' && key !== 'hash'
        ? renamedText(value, paths, prefix)
        : key === 'name' && typeof value === 'string' && value.includes('#')
          ? renamedText(value, paths, prefix)
          : value,
  );
  return JSON.parse(text);
}

function renamedText(text: string, paths: readonly string[], prefix: string): string {
  const path = paths.find(known => text === known || text.startsWith(`${known}#`));
  return path === undefined ? text : `${prefix}/${text}`;
}

const IMPORT =
  /\bfrom\s+["']([^"'.][^"']*)["']|\b(?:require|import)\(["']([^"'.][^"']*)["']\)|\bimport\s+["']([^"'.][^"']*)["']/g;

/** Sends imports of packages, and of modules of Node that open ports, to stand-ins. */
function withoutOutside(code: string, directory: string): string {
  return code.replace(IMPORT, (whole, ...found: (string | undefined)[]) => {
    const request = found.slice(0, 3).find(text => text !== undefined) ?? '';
    const plain = request.replace(/^node:/, '');
    if (request.startsWith('anyspeed/')) return whole;
    if (request.startsWith('node:') && !REPLACED.includes(plain)) return whole;
    if (!request.startsWith('node:') && ['events', 'util', 'path', 'fs', 'crypto', 'stream'].includes(plain))
      return whole;
    const name = `outside-${plain.replace(/\W+/g, '-')}`;
    standIn(join(directory, 'node_modules', name), code);
    return whole.replace(request, name);
  });
}

/** A package that exports whatever names are imported anywhere. */
function standIn(directory: string, code: string): void {
  const known = join(directory, 'index.mjs');
  const names = new Set(
    existsSync(known) ? [...readFileSync(known, 'utf8').matchAll(/const (\w+)/g)].map(m => m[1]) : [],
  );
  for (const [, list = ''] of code.matchAll(/import\s*(?:\w+\s*,\s*)?\{([^}]*)\}/g))
    for (const each of list.split(',')) {
      const name = each.trim().split(/\s+as\s+/)[0];
      if (name && name !== 'default' && /^\w+$/.test(name)) names.add(name);
    }
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'package.json'),
    '{ "exports": { "import": "./index.mjs", "require": "./index.cjs" } }',
  );
  writeFileSync(join(directory, 'index.cjs'), `module.exports = require(${JSON.stringify(stub)});`);
  writeFileSync(
    known,
    `import outside from ${JSON.stringify(stub)};\nexport default outside;\n${[...names]
      .map(name => `export const ${name} = outside.${name};\n`)
      .join('')}`,
  );
}
