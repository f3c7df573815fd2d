/**
 * What can only be seen in a process of its own.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bundled, bundleRuntime } from './bundled.js';

let bundled: Bundled;
beforeAll(() => {
  bundled = bundleRuntime();
});
afterAll(() => bundled.remove());

describe('unhandled rejections', () => {
  /** Which rejections nobody has handled by the end of `body`. */
  const unhandled = (body: string) =>
    bundled.run(`
    import { schedule, floating } from './runtime.mjs';
    const reasons = [];
    process.on('unhandledRejection', reason => reasons.push(String(reason)));
    const idle = () => new Promise(resolve => setImmediate(resolve));
    const fail = async () => { await null; throw 'reason'; };
    const needs = { exclusive: ['x'] };
    ${body}
    await idle(); await idle();
    console.log(JSON.stringify(reasons));
  `);

  test('of a handler are neither hidden nor caused', () => {
    expect(unhandled(`const f = schedule('f', fail, needs); f(); f();`)).toEqual(['reason', 'reason']);
    expect(
      unhandled(`const f = schedule('f', fail, needs); f().catch(() => 0); f().catch(() => 0);`),
    ).toEqual([]);
    expect(
      unhandled(`const f = schedule('f', () => { throw 'sync' }, needs);
      const g = schedule('g', idle, needs); g(); f(); await idle(); g(); f().catch(() => 0);`),
    ).toEqual(['sync']);
  });

  test('of a floating promise are neither hidden nor caused', () => {
    const inTask = (body: string) => unhandled(`await schedule('f', async () => { ${body} }, needs)();`);
    expect(inTask('floating(fail());')).toEqual(['reason']);
    expect(inTask('floating(fail()).catch(() => 0);')).toEqual([]);
    expect(inTask('floating(fail()).then(() => 0, () => 0);')).toEqual([]);
    expect(inTask('const p = floating(fail()); try { await p; } catch {}')).toEqual([]);
    expect(inTask('const p = floating(fail()); await Promise.allSettled([p]);')).toEqual([]);
    expect(inTask('floating(fail()).finally(() => 0);')).toEqual(['reason']);
  });
});

test('a callback that is collected without having been called has been waited for long enough', () => {
  const program = (keeps: boolean) => `
    import { continuation, schedule } from './runtime.mjs';
    const needs = { exclusive: ['x'] };
    const log = [];
    const keep = [];
    const take = schedule('take', () => {
      for (let i = 0; i < 2; i++) {
        const callback = continuation(() => log.push('called'), { isAlternative: i > 0 });
        if (${keeps} && i > 0) keep.push(callback);
      }
    }, needs);
    take();
    schedule('other', () => void log.push('other'), needs)();
    for (let i = 0; i < 20 && log.length === 0; i++) {
      await new Promise(resolve => setImmediate(resolve));
      globalThis.gc();
    }
    for (const callback of keep) callback();
    await new Promise(resolve => setImmediate(resolve));
    console.log(JSON.stringify(log));
  `;
  expect(bundled.run(program(false), '--expose-gc')).toEqual(['other']);
  // As long as one of them can be called, the task waits.
  expect(bundled.run(program(true), '--expose-gc')).toEqual(['called', 'other']);
});

describe('two copies in one process', () => {
  test('share the table, as ES module and CommonJS', () => {
    expect(
      bundled.run(`
      import { createRequire } from 'node:module';
      import * as esm from './runtime.mjs';
      const cjs = createRequire(process.cwd() + '/')('./runtime.cjs');
      const log = [];
      const one = esm.schedule('one', async () => { log.push('one'); await null; log.push('end'); }, { exclusive: ['x'] });
      const two = cjs.schedule('two', () => { log.push('two'); }, { exclusive: ['x'] });
      const first = one(); const second = two(); await first; await second;
      console.log(JSON.stringify([log, cjs.unscheduled(one) !== one, cjs.inspect().classes.length]));
    `),
    ).toEqual([['one', 'end', 'two'], true, 1]);
  });

  test('of versions that do not understand each other are refused', () => {
    expect(
      bundled.run(`
      globalThis[Symbol.for('anyspeed.runtime')] = { version: 99, functions: {} };
      const error = await import('./runtime.mjs').catch(error => error);
      console.log(JSON.stringify([error.code, error.message]));
    `),
    ).toEqual([
      'ERR_ANYSPEED_VERSION',
      expect.stringMatching(/has version 99, this one needs version 3.*npm ls anyspeed/),
    ]);
  });
});

describe('a minified bundle', () => {
  test('shares the table with the installed package, and its errors keep their names', () => {
    expect(
      bundled.run(`
      import * as small from './minified.mjs';
      import * as installed from './runtime.mjs';
      const log = [];
      const needs = { exclusive: ['x'] };
      const one = small.schedule('one', async function one() { await null; log.push('one'); }, needs);
      const own = installed.guard('two', needs);
      const two = async () => { const s = installed.begin(own); if (s.enter()) await s.turn; log.push('two'); s.leave(); };
      await Promise.all([one(), two()]);
      let name;
      try { small.schedule('', one, needs); } catch (error) { name = error.name; }
      console.log(JSON.stringify([log, one.name, name]));
    `),
    ).toEqual([['one', 'two'], 'one', 'AnyspeedError [ERR_ANYSPEED_ARGUMENT]']);
  });
});

describe('threads and processes', () => {
  /** What each of two workers does to a table of its own, told in order. */
  const worker = (tell: string) => `
    import { schedule, inspect } from './runtime.mjs';
    const log = [];
    const work = schedule('work', async id => {
      log.push(id + ' starts');
      await new Promise(resolve => setTimeout(resolve, 20));
      log.push(id + ' ends');
    }, { exclusive: ['x'] });
    await Promise.all([work(1), work(2)]);
    const [{ runs, waits }] = inspect().classes;
    ${tell}`;
  const own = { log: ['1 starts', '1 ends', '2 starts', '2 ends'], runs: 2, waits: 1 };

  test('each worker thread has a table of its own', () => {
    expect(
      bundled.run(`
      import { Worker } from 'node:worker_threads';
      import { schedule } from './runtime.mjs';
      import { writeFileSync } from 'node:fs';
      import { pathToFileURL } from 'node:url';
      writeFileSync('thread.mjs', ${JSON.stringify(
        `import { parentPort } from 'node:worker_threads';${worker('parentPort.postMessage({ log, runs, waits });')}`,
      )});
      // Held here all the while: a table that threads shared would let nobody run.
      schedule('holder', () => new Promise(() => {}), { exclusive: ['x'] })();
      const start = () => new Promise((resolve, reject) => {
        new Worker(pathToFileURL('thread.mjs'), { execArgv: [] }).once('message', resolve).once('error', reject);
      });
      console.log(JSON.stringify(await Promise.all([start(), start()])));
    `),
    ).toEqual([own, own]);
  });

  test('each worker of a cluster has a table of its own', () => {
    expect(
      bundled.run(`
      import cluster from 'node:cluster';
      import { schedule } from './runtime.mjs';
      import { writeFileSync } from 'node:fs';
      writeFileSync('clustered.mjs', ${JSON.stringify(
        worker('process.send({ log, runs, waits }, () => process.disconnect());'),
      )});
      cluster.setupPrimary({ exec: 'clustered.mjs', execArgv: [] });
      schedule('holder', () => new Promise(() => {}), { exclusive: ['x'] })();
      const start = () => new Promise((resolve, reject) => {
        cluster.fork().once('message', resolve).once('error', reject);
      });
      console.log(JSON.stringify(await Promise.all([start(), start()])));
    `),
    ).toEqual([own, own]);
  });
});

describe('the process', () => {
  test('ends although somebody waits for ever', () => {
    expect(
      bundled.run(`
      import { schedule } from './runtime.mjs';
      const f = schedule('f', () => new Promise(() => {}), { exclusive: ['x'] });
      f(); f();
      console.log('true');
    `),
    ).toBe(true);
  });

  test('pays nothing for AsyncLocalStorage unless a handler carries its task', () => {
    const hooked = (needs: string) =>
      bundled.run(`
      import { schedule } from './runtime.mjs';
      import { executionAsyncId } from 'node:async_hooks';
      const f = schedule('f', async () => { await null; }, ${needs});
      await Promise.all([f(), f()]);
      await null;
      // Ids are given to promises only once hooks are in use, which is what makes every await slower.
      console.log(JSON.stringify(Object.getOwnPropertySymbols(Promise.resolve()).length > 0));
    `);
    expect(hooked(`{ exclusive: ['x'] }`)).toBe(false);
    const hasFrames = Number(process.versions.node.split('.')[0]) >= 24;
    expect(hooked(`{ exclusive: ['x'], carriesTask: true }`)).toBe(!hasFrames);
  });

  test("shows the author's frames in stack traces, across awaits and waits", () => {
    const stack = bundled.run(`
      import { schedule } from './runtime.mjs';
      async function inner() { await null; throw new Error('x'); }
      const handler = schedule('h', async function handler() { await inner(); }, { exclusive: ['x'], name: 'handler' });
      async function caller() { await handler(); }
      const first = handler().catch(() => 0);
      console.log(JSON.stringify([await caller().catch(error => error.stack), await (async () => { await first; return handler().catch(error => error.stack) })()]));
    `) as string[];
    for (const each of stack) {
      expect(each).toMatch(/at async inner|at inner/);
      expect(each).toMatch(/at async handler/);
    }
    expect(stack[1]).toBeDefined();
  });
});
