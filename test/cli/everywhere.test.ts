/** Every command in every situation: programs that are there, and all that can be wrong with where they should be. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import type { Plan } from '../../src/plan/plan.js';
import { writeIn, writeProject } from '../graph/temporary-project.js';
import { builtCommand, nobody, withMode } from './built-command.js';
import { install } from './built-package.js';

// Each test starts processes, and others may be using the machine.
jest.setTimeout(120_000);

const built = builtCommand();

interface Situation {
  /** A directory beside that of the program, for what is written. */
  output: string;
  /** A handler of the program. */
  handler: string;
}

/** What is given to a command for a program in `dir`. All but `init` and `trace` analyse it. */
const COMMANDS: Record<string, (dir: string, situation: Situation) => string[]> = {
  analyze: dir => ['analyze', dir],
  'analyze --details': dir => ['analyze', dir, '--details'],
  'analyze --json': dir => ['analyze', dir, '--json'],
  'analyze --sarif': dir => ['analyze', dir, '--sarif'],
  explain: (dir, { handler }) => ['explain', handler, dir],
  report: (dir, { output }) => ['report', dir, '--output', join(output, 'report.html')],
  'check --update': (dir, { output }) => ['check', dir, '--update', '--snapshot', join(output, 'snapshot')],
  check: (dir, { output }) => ['check', dir, '--snapshot', join(output, 'snapshot')],
  init: dir => ['init', dir],
  trace: (dir, { output }) => [
    'trace',
    '--output',
    join(output, 'trace.json'),
    process.execPath,
    join(dir, 'main.js'),
  ],
};

const PROGRAM = {
  'package.json': '{ "type": "module", "scripts": { "start": "node src/server.js" } }\n',
  'main.js': 'process.stdout.write("ran\\n");\n',
  'src/server.js': `let stock = 10;
export async function buy() {
  const before = stock;
  await null;
  stock = before - 1;
}
export const see = () => stock;
`,
};
const HANDLER = 'src/server.js#buy';

function situation(handler = HANDLER): Situation {
  return { output: writeProject({}), handler };
}

/** Runs all commands on a directory, one after the other: `check` has the snapshot that `check --update` has written. */
async function runAll(dir: string, where: Situation, options = {}) {
  const runs: Record<string, { code: number | null; stdout: string; stderr: string }> = {};
  for (const [name, args] of Object.entries(COMMANDS))
    runs[name] = await built.run(args(dir, where), options);
  return runs;
}

const codesOf = (runs: Awaited<ReturnType<typeof runAll>>) =>
  Object.fromEntries(Object.entries(runs).map(([name, { code }]) => [name, code]));

const expectNoMistake = (runs: Awaited<ReturnType<typeof runAll>>) => {
  for (const { stderr } of Object.values(runs)) expect(stderr).not.toContain('This is a mistake in anyspeed');
};

const allOk = Object.fromEntries(Object.keys(COMMANDS).map(name => [name, 0]));

describe.each(['shop', 'thttpd', 'six-stages'])('fixtures/%s', fixture => {
  /** The fixture without its variants, compiled where it lies: `main.js` loads its modules and ends. */
  function copied(): string {
    const origin = fileURLToPath(new URL(`../../fixtures/${fixture}`, import.meta.url));
    const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
    const directory = writeProject({});
    for (const name of [
      'src',
      'package.json',
      'tsconfig.json',
      'babel.config.js',
      'babel.protected.config.js',
    ])
      cpSync(join(origin, name), join(directory, name), { recursive: true });
    install(built.packageDirectory, directory);
    for (const name of ['@babel/preset-typescript', 'express'])
      execFileSync('ln', ['-s', join(modules, name), join(directory, 'node_modules', name)]);
    return directory;
  }

  test('each command works', async () => {
    const directory = copied();
    execFileSync(
      process.execPath,
      [
        fileURLToPath(new URL('../../node_modules/@babel/cli/bin/babel.js', import.meta.url)),
        ...[
          'src',
          '--out-dir',
          'dist',
          '--extensions',
          '.ts',
          '--config-file',
          './babel.protected.config.js',
        ],
      ],
      { cwd: directory, stdio: 'pipe' },
    );
    // The server itself, told to end by the one who has started it.
    const main = `import { setTimeout as sleep } from 'node:timers/promises';
process.env.PORT = '0';
process.chdir(${JSON.stringify(directory)});
process.argv.splice(2, Infinity, '--port', '0', '--dir', '.', '--log', 'access.log');
const lines = [];
const { log } = console;
console.log = line => { lines.push(line); log(line); };
await import('./dist/server.js');
while (lines.length === 0) await sleep(10);
const url = lines[0].replace(/^listening on /, '');
await Promise.all(['/', '/none', '/albums', '/shipping/DE-10'].map(path => fetch(url + path).then(answer => answer.text())));
process.kill(process.pid, 'SIGTERM');
`;
    const plan: Plan = JSON.parse((await built.run(['analyze', directory, '--json'])).stdout);
    const section = plan.handlers.find(({ protection }) => protection === 'section');
    const where = situation(section?.id ?? '');
    writeFileSync(join(directory, 'main.js'), main);
    const runs = await runAll(directory, { ...where }, { env: { DATA_DIR: join(where.output, 'data') } });
    expectNoMistake(runs);
    expect(codesOf(runs)).toEqual(allOk);
    for (const [name, { stdout, stderr }] of Object.entries(runs)) {
      expect([name, stdout]).not.toEqual([name, '']);
      if (name !== 'trace') expect([name, stderr]).toEqual([name, '']);
    }
    expect(runs.explain?.stdout).toContain(section?.id);
    expect(runs.check?.stdout).toContain('is up to date');
    expect(runs.init?.stdout).toMatch(
      /Found: .*TypeScript, ES modules; Babel, configured in babel\.config\.js/,
    );
    expect(runs.trace?.stderr).toMatch(/trace\.json has \d+ runs? of handlers/);
    const { traceEvents } = JSON.parse(readFileSync(join(where.output, 'trace.json'), 'utf8'));
    expect(traceEvents.length).toBeGreaterThan(0);
    expect(readFileSync(join(where.output, 'report.html'), 'utf8')).toContain('</html>');
  });
});

describe('a program', () => {
  test('each command works', async () => {
    const runs = await runAll(writeProject(PROGRAM), situation());
    expect(codesOf(runs)).toEqual(allOk);
  });

  test('that is empty', async () => {
    const runs = await runAll(writeProject({}), situation());
    expectNoMistake(runs);
    expect(codesOf(runs)).toEqual({
      ...allOk,
      // There is nothing of that name, nothing that is started, and nothing to run.
      explain: 2,
      init: 2,
      trace: 1,
    });
    expect(runs.analyze?.stdout).toContain('No source file was found');
  });

  test('with errors: everything else is looked at, nothing is compared, and the error is said', async () => {
    const directory = writeProject({ ...PROGRAM, 'src/broken.js': 'export function (\n' });
    const runs = await runAll(directory, situation());
    expectNoMistake(runs);
    expect(codesOf(runs)).toEqual({
      ...Object.fromEntries(Object.keys(COMMANDS).map(name => [name, 1])),
      // Without a snapshot; `init` only proposes; `trace` looks at no source.
      check: 2,
      init: 0,
      trace: 0,
    });
    for (const name of [
      'analyze',
      'analyze --json',
      'analyze --sarif',
      'explain',
      'report',
      'check --update',
    ]) {
      const { stdout = '', stderr = '' } = runs[name] ?? {};
      expect([name, stdout + stderr]).toEqual([
        name,
        expect.stringContaining('src/broken.js cannot be parsed'),
      ]);
    }
  });
});

describe('without permission', () => {
  test('to read the directory', async () => {
    const directory = writeProject(PROGRAM);
    const where = situation();
    const runs = await withMode(where.output, 0o777, () =>
      withMode(directory, 0, () => runAll(directory, where, nobody)),
    );
    expectNoMistake(runs);
    // The one that runs something leaves it to that to say so.
    const { trace, ...others } = runs;
    expect(trace?.code).toBe(1);
    for (const [name, { code, stdout, stderr }] of Object.entries(others)) {
      expect([name, code, stdout]).toEqual([name, 2, '']);
      expect(stderr).toContain('cannot be read: permission denied.');
    }
  });

  test('to read a part of it: the rest is looked at', async () => {
    const directory = writeProject({ ...PROGRAM, 'secret/key.js': 'export const key = 1;\n' });
    const where = situation();
    const runs = await withMode(directory, 0o755, () =>
      withMode(where.output, 0o777, () =>
        withMode(join(directory, 'secret'), 0, () => runAll(directory, where, nobody)),
      ),
    );
    expectNoMistake(runs);
    expect(codesOf(runs)).toEqual(allOk);
    expect(runs.analyze?.stdout).toContain('The directory "secret" cannot be read: permission denied.');
  });

  test('to write where something is to be written', async () => {
    const directory = writeProject(PROGRAM);
    const where = situation();
    const runs = await withMode(directory, 0o555, () =>
      withMode(where.output, 0o555, async (): ReturnType<typeof runAll> => {
        const all = await runAll(directory, where, nobody);
        return { ...all, 'init --yes': await built.run(['init', directory, '--yes'], nobody) };
      }),
    );
    for (const name of ['report', 'check --update', 'trace', 'init --yes']) {
      expect([name, runs[name]?.code]).toEqual([name, 2]);
      expect(runs[name]?.stderr).toMatch(/cannot be written.*: permission denied\./);
    }
  });
});

describe('a reader that goes away', () => {
  test.each(Object.entries(COMMANDS))('ends `%s` without a word', async (_, args) => {
    const directory = writeProject(PROGRAM);
    const where = situation();
    await built.run(COMMANDS['check --update']?.(directory, where) ?? []);
    // More than a pipe holds, so that the reader is gone before all is written.
    const many = Array.from({ length: 1500 }, (_, i) => `export const see${i} = () => stock;\n`).join('');
    writeIn(directory, 'src/server.js', PROGRAM['src/server.js'] + many);
    writeIn(directory, 'main.js', 'for (let i = 0; i < 1e5; i++) process.stdout.write("ran\\n");\n');
    mkdirSync(join(where.output, 'data'));
    const { line, code } = await built.runForOneLine(args(directory, where));
    expect(line).toMatch(/^.+\n$/);
    expect(line).not.toMatch(/EPIPE|Error/);
    // `trace` hands on how its command has ended.
    expect([0, 1]).toContain(code);
  });
});
