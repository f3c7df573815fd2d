/**
 * What can only be seen in a process of its own, with the built package.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { flagsOfWorkers } from '../../../runtime/parallel/pool.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anyspeed-parallel-'));
  for (const name of ['with', 'without']) {
    const modules = join(folder, name, 'node_modules');
    mkdirSync(join(modules, 'anyspeed'), { recursive: true });
    cpSync(join(repository, 'package.json'), join(modules, 'anyspeed/package.json'));
    cpSync(join(repository, 'dist'), join(modules, 'anyspeed/dist'), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules/piscina'), join(folder, 'with/node_modules/piscina'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OWN = `const own = (count, flag) => { let sum = 0; for (let i = 0; i < count; i++) sum += i; return { sum, thread: require('node:worker_threads').threadId }; };`;

/** What a program prints, as JSON. It runs as an ES module or as CommonJS, with or without Piscina. */
async function run(
  body: string,
  { format = 'esm', project = 'with', flags = [] as string[], env = {} } = {},
): Promise<{ printed: unknown; stderr: string }> {
  const file = join(
    folder,
    project,
    `program-${Math.random().toString(36).slice(2)}.${format === 'esm' ? 'mjs' : 'cjs'}`,
  );
  const imports =
    format === 'esm'
      ? `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const from = import.meta.url;
         import * as anyspeed from 'anyspeed/parallel';`
      : `const from = __filename; const anyspeed = require('anyspeed/parallel');`;
  writeFileSync(
    file,
    `${imports}
    const { configure, inspect, moving, parallel } = anyspeed;
    ${OWN}
    const own2 = parallel('own', own, { source: ${JSON.stringify(`${OWN} return own;`)}, from });
    (async () => { ${body} })().then(value => console.log(JSON.stringify(value)));`,
  );
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, file], {
    timeout: 20_000,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  return { printed: JSON.parse(stdout), stderr };
}

describe.each(['esm', 'cjs'])('as %s', format => {
  test('a call runs in a worker, and an idle pool keeps no process alive', async () => {
    const { printed, stderr } = await run(`return [await own2(10), inspect().pool.size > 0];`, { format });
    expect(printed).toEqual([{ sum: 45, thread: expect.any(Number) }, true]);
    expect((printed as [{ thread: number }])[0].thread).toBeGreaterThan(0);
    expect(stderr).toBe('');
  });

  test('without Piscina, a call says what to install', async () => {
    const { printed } = await run(
      `return own2(10).catch(({ code, message }) => [code, message, inspect().pool ?? null]);`,
      { format, project: 'without' },
    );
    expect(printed).toEqual(['ERR_ANYSPEED_NO_POOL', expect.stringContaining('npm install piscina'), null]);
  });

  test('without Piscina, calls run inline if that is wanted', async () => {
    const expected = [{ sum: 45, thread: 0 }];
    const options = { format, project: 'without' };
    const configured = `configure({ mode: 'inline' }); return [await own2(10)];`;
    expect((await run(configured, options)).printed).toEqual(expected);
    const inEnvironment = { ...options, env: { ANYSPEED_PARALLEL: 'inline' } };
    expect((await run('return [await own2(10)];', inEnvironment)).printed).toEqual(expected);
  });
});

test('waiting calls keep the process alive until they are over', async () => {
  const { printed } = await run(
    `configure({ size: 1, mode: 'pool' }); return (await Promise.all(Array.from({ length: 20 }, (_, i) => own2(i + 1)))).map(({ sum }) => sum);`,
  );
  expect(printed).toEqual(Array.from({ length: 20 }, (_, i) => (i * (i + 1)) / 2));
});

test('a worker that runs out of memory fails its call, and is replaced', async () => {
  const { printed } = await run(
    `configure({ size: 1, mode: 'pool' });
    const hoard = parallel('hoard', () => 0, { source: 'return () => { for (const all = []; ; ) all.push(new Array(1e5).fill(all.length + 0.5)); }', from });
    const [failed, before, after] = await Promise.allSettled([hoard(), own2(3), own2(4)]);
    return [failed.reason.code, failed.reason.cause.code, before.value.sum, after.value.sum, inspect().pool.replaced];`,
    { flags: ['--max-old-space-size=64'] },
  );
  expect(printed).toEqual(['ERR_ANYSPEED_WORKER_DIED', 'ERR_WORKER_OUT_OF_MEMORY', 3, 6, 1]);
});

test('one pool, of whichever copy of the package, and a function that is registered later reaches running workers', async () => {
  const { printed } = await run(`
    const other = require('anyspeed/parallel');
    configure({ size: 1, mode: 'pool' });
    const first = await own2(1);
    const late = other.parallel('late', () => 0, { source: 'return () => require("node:worker_threads").threadId', from });
    const [thread, again] = await Promise.all([late(), late()]);
    return [first.thread === thread, thread === again, inspect().functions.length, other.inspect().functions.length];`);
  expect(printed).toEqual([true, true, 2, 2]);
});

test('a function runs where it is better', async () => {
  const { printed } = await run(`
    const calls = async (count, size) => { for (let i = 0; i < count; i++) await own2(size, '.'.repeat(size > 1e5 ? 5000 : 1)); };
    await calls(500, 1e3);
    await calls(30, 5e6);
    return inspect().functions[0].sizes.map(({ place, runsHere, runsInPool }) => ({ place, runsHere, runsInPool }));`);
  const [short, long] = printed as { place: string; runsHere: number; runsInPool: number }[];
  expect(short).toMatchObject({ place: 'here' });
  expect(short?.runsInPool).toBeLessThan(50);
  expect(long).toMatchObject({ place: 'pool', runsHere: 0, runsInPool: 30 });
});

test('workers do not run what the process was told to run', async () => {
  const hook = join(folder, 'hook.mjs');
  writeFileSync(
    hook,
    `import { threadId } from 'node:worker_threads'; process.stderr.write('hook in ' + threadId + ';');`,
  );
  const { stderr } = await run('return own2(1);', { flags: ['--import', hook, '--enable-source-maps'] });
  expect(stderr).toBe('hook in 0;');
  expect(
    flagsOfWorkers([
      '--import',
      'x',
      '--enable-source-maps',
      '-e',
      'code',
      '--input-type=module',
      '--inspect=0',
      '--max-old-space-size=64',
      '-C',
      'dev',
    ]),
  ).toEqual(['--enable-source-maps', '-C', 'dev']);
});

test('what uses the runtime alone loads nothing of it', async () => {
  const file = join(folder, 'without', 'runtime.mjs');
  writeFileSync(
    file,
    `import { createRequire } from 'node:module';
    import { readFileSync } from 'node:fs';
    const require = createRequire(import.meta.url);
    require('anyspeed/runtime');
    const loaded = Object.keys(require.cache);
    console.log(JSON.stringify(loaded.filter(name => /worker_threads|piscina|BroadcastChannel/.test(readFileSync(name, 'utf8').replace(/\\/\\*[^]*?\\*\\//g, '')))));`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  expect(JSON.parse(stdout)).toEqual([]);
});

test('a bundle with the package in it finds the worker of the installed one', async () => {
  const { printed } = await run(
    `const { rolldown } = await import(${JSON.stringify(pathToFileURL(join(repository, 'node_modules/rolldown/dist/index.mjs')).href)});
    const { writeFileSync } = await import('node:fs');
    const { dirname, join } = await import('node:path');
    const { execFileSync } = await import('node:child_process');
    const folder = dirname(new URL(from).pathname);
    writeFileSync(join(folder, 'entry.mjs'), \`import { parallel } from 'anyspeed/parallel';
      const call = parallel('where', () => true, { source: "return () => require('node:worker_threads').isMainThread", from: import.meta.url });
      console.log(JSON.stringify(await call()));\`);
    const bundle = await rolldown({ input: join(folder, 'entry.mjs'), platform: 'node' });
    await bundle.write({ file: join(folder, 'bundle.mjs'), format: 'esm' });
    return [execFileSync(process.execPath, [join(folder, 'bundle.mjs')], { encoding: 'utf8' })];`,
  );
  expect(printed).toEqual(['false\n']);
});
