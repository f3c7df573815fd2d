/** `anyspeed trace` as people use it: a compiled server runs under it, is asked over HTTP, and ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import babel from '@babel/core';
import { expect, jest, test } from '@jest/globals';
import { analyze } from '../../src/analyze.js';
import { createPlugin } from '../../src/babel/create-plugin.js';
import type { Timeline } from '../../src/trace/timeline.js';
import { builtCommand } from '../cli/built-command.js';
import { install } from '../cli/built-package.js';
import { writeProject } from '../graph/temporary-project.js';

const SERVER = `
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
let left = 100;
const server = createServer(async (request, response) => {
  if (request.url === '/left') return response.end(String(left));
  const before = left;
  await sleep(100);
  left = before - 1;
  response.end(String(left));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

const built = builtCommand();

jest.setTimeout(60_000);

function compiled(): string {
  const root = writeProject({ 'package.json': '{ "type": "module" }', 'server.js': SERVER });
  install(built.packageDirectory, root);
  const file = join(root, 'server.js');
  const plugins = [createPlugin(analyze)];
  const result = babel.transformSync(SERVER, {
    filename: file,
    cwd: root,
    babelrc: false,
    configFile: false,
    plugins,
  });
  expect(result?.code).toContain('anyspeed/runtime');
  writeFileSync(file, result?.code ?? '');
  return root;
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'a server that %s ends leaves a timeline of its waits',
  async signal => {
    const root = compiled();
    const cli = join(built.packageDirectory, 'dist/esm/cli.js');
    const tracing = spawn(process.execPath, [cli, 'trace', '-o', 'out.json', process.execPath, 'server.js'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const complaints = text(tracing.stderr);
    const [port] = await once(createInterface({ input: tracing.stdout }), 'line');
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => (await fetch(`http://127.0.0.1:${port}/`)).text()),
    );
    expect(answers.sort()).toEqual(['95', '96', '97', '98', '99']);
    // To the whole group, as a terminal does it.
    process.kill(-(tracing.pid as number), signal);
    const [code] = await once(tracing, 'close');
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
    const [, waits] = /5 runs of handlers, of which (\d) waited/.exec(await complaints) ?? [];
    // On a busy machine a request may arrive when the one before it is over.
    expect(Number(waits)).toBeGreaterThan(0);

    const { traceEvents, otherData }: Timeline = JSON.parse(readFileSync(join(root, 'out.json'), 'utf8'));
    const tasks = traceEvents.filter(({ ph, pid }) => ph === 'X' && pid === 1);
    const holds = tasks.filter(({ cat }) => cat === 'hold').sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0));
    expect(holds).toHaveLength(5);
    for (const [index, { ts = 0, dur = 0 }] of holds.entries()) {
      expect(dur).toBeGreaterThan(90_000);
      expect(ts + dur).toBeLessThanOrEqual(holds[index + 1]?.ts ?? Number.POSITIVE_INFINITY);
    }
    expect(Object.keys(otherData.anyspeed.classes)).toEqual(['server.js#left']);
    expect(otherData.anyspeed.classes['server.js#left']).toMatchObject({ runs: 5, waits: Number(waits) });
  },
);

test('the exit code is that of the command, whose flags are its own', async () => {
  const root = writeProject({ 'package.json': '{}' });
  const file = join(root, 'out.json');
  const code = 'process.stdout.write(process.argv.slice(1).join()); process.exit(5)';
  const run = await built.run(['trace', '--output', file, process.execPath, '-e', code, 'a', '--output=b']);
  expect(run).toMatchObject({ code: 5, stdout: 'a,--output=b' });
  expect(run.stderr).toContain('Nothing was recorded');
  expect(JSON.parse(readFileSync(file, 'utf8')).traceEvents).toEqual([]);
});

test('a command that cannot be run, and a file that cannot be written, are said', async () => {
  const root = writeProject({ 'package.json': '{}' });
  const missing = await built.run(['trace', '-o', join(root, 'o.json'), 'no-such-command']);
  expect(missing).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"no-such-command" cannot be run'),
  });
  expect(readdirSync(root)).toEqual(['package.json']);
  const unwritable = await built.run(['trace', '-o', join(root, 'no/o.json'), 'true']);
  expect(unwritable).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be written') });
});
