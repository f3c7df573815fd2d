/** Servers installed from npm, on which every command is tried. None of them is written for it. */
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installServers } from '../corpus/install.js';
import { SERVERS } from '../corpus/servers.js';
import { run } from './run.js';

/** @type {typeof import('../../src/index.js')} */
const { analyzeProject } = await import(new URL('../../dist/esm/index.js', import.meta.url).href);

const NAMES = ['http-server', 'statsd', 'peer', 'serve-handler', 'express', '@verdaccio/local-storage'];

/** @typedef {{ server: string, codes: Record<string, string> }} Tried */

/**
 * Each server is copied and taken as its authors wrote it.
 *
 * @param {string} parent a directory for copies and for what the commands write
 * @param {(text: string) => void} progress
 * @returns {Promise<Tried[]>}
 */
export async function tryServers(parent, progress) {
  const packages = installServers();
  const tried = [];
  for (const name of NAMES) {
    progress(name);
    const root = join(parent, name);
    cpSync(join(packages, name), root, {
      recursive: true,
      filter: file => !/node_modules\/.*node_modules/.test(file),
    });
    // What it imports is found where npm has put it.
    rmSync(join(root, 'node_modules'), { recursive: true, force: true });
    symlinkSync(packages, join(root, 'node_modules'), 'junction');
    tried.push({
      server: name,
      codes: await tryServer(root, SERVERS.find(server => server.name === name)?.include ?? []),
    });
  }
  return tried;
}

/**
 * @param {string} root
 * @param {readonly string[]} include
 */
async function tryServer(root, include) {
  const flags = ['--no-tsconfig', '--no-config', ...include.flatMap(pattern => ['--include', pattern])];
  const plan = analyzeProject({ root, include: [...include], tsconfig: false }, root);
  const { id: handler = '' } =
    plan.handlers.find(({ protection }) => protection === 'section') ?? plan.handlers[0] ?? {};
  const output = `${root}-output`;
  mkdirSync(output, { recursive: true });
  const start = existsSync(join(root, 'stats.js')) ? join(root, 'stats.js') : root;
  const main = join(output, 'main.cjs');
  // statsd is started by a file of its own, with a configuration; for the others that is an argument like any other.
  const config = join(output, 'config.js');
  writeFileSync(config, '{ port: 0, mgmt_port: 0, backends: [] }\n');
  writeFileSync(main, `require(${JSON.stringify(start)}); setTimeout(() => process.exit(), 500);\n`);
  const commands = {
    analyze: ['analyze', '.', ...flags],
    '`--sarif`': ['analyze', '.', '--sarif', ...flags],
    explain: ['explain', handler, '.', ...flags],
    report: ['report', '.', '--output', join(output, 'report.html'), ...flags],
    'check --update': ['check', '.', '--update', '--snapshot', join(output, 'snapshot'), ...flags],
    check: ['check', '.', '--exact', '--snapshot', join(output, 'snapshot'), ...flags],
    init: ['init', '.'],
    trace: ['trace', '--output', join(output, 'trace.json'), process.execPath, main, config],
  };
  /** @type {Record<string, string>} */
  const codes = {};
  for (const [command, args] of Object.entries(commands)) {
    const { code, stderr } = await run(args, root);
    if (stderr.includes('This is a mistake in anyspeed')) throw new Error(`${root}: ${command}\n${stderr}`);
    codes[command] = `${code}`;
  }
  return codes;
}
