/**
 * Handlers that wait for what only another task can bring, analysed, compiled and run: whoever brings it needs what the waiting task
 * holds, so that nobody would come any further if that did not give it up meanwhile.
 */
import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { emit, planOf } from '../serializability/compile.js';
import { isolatedRuntime } from '../serializability/run.js';

type Handlers = Record<string, (...args: unknown[]) => unknown>;

/** The handlers of a program, as they are and compiled. */
function instantiate(code: string): { plain: Handlers; compiled: Handlers } {
  const make = (text: string): Handlers => {
    const module = { exports: {} };
    const load = (name: string): unknown =>
      name === 'anyspeed/runtime' ? isolatedRuntime() : createRequire(import.meta.url)(name);
    new Function('module', 'exports', 'require', text)(module, module.exports, load);
    return module.exports;
  };
  return { plain: make(code), compiled: make(emit(code, planOf(code))) };
}

const SOON = 1000;

function within(promise: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise(resolve => {
    timer = setTimeout(() => resolve('nobody comes any further'), SOON);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const PAUSE = `const { setTimeout: pause } = require('node:timers/promises');\n`;

/** Each `take` waits for a `give`, and both count. */
const SCENES: Record<string, string> = {
  'a long poll': `const waiting = [];
    let count = 0;
    exports.take = async () => {
      const seen = count;
      const got = await new Promise(resolve => { waiting.push(resolve); });
      await pause(1);
      count++;
      return seen + got;
    };
    exports.give = async n => { await pause(1); count++; waiting.shift()(n); return count; };`,
  'a reply that is matched to its request': `const pending = new Map();
    let last = 0;
    exports.take = async () => {
      const id = ++last;
      const reply = new Promise((resolve, reject) => { pending.set(id, { resolve, reject }); });
      await pause(1);
      const got = await reply;
      pending.delete(id);
      return got;
    };
    exports.give = n => { for (const { resolve } of pending.values()) resolve(n); };`,
  'a promise with its resolvers': `const waiting = [];
    let count = 0;
    exports.take = async () => {
      count++;
      await pause(1);
      const one = Promise.withResolvers();
      waiting.push(one);
      const got = await one.promise;
      count++;
      return got;
    };
    exports.give = n => { count++; waiting.shift()?.resolve(n); };`,
  'a queue': `class Queue {
      items = [];
      waiting = [];
      push(item) { const next = this.waiting.shift(); if (next) next(item); else this.items.push(item); }
      pop() { return this.items.length > 0 ? this.items.shift() : new Promise(resolve => this.waiting.push(resolve)); }
    }
    const queue = new Queue();
    let count = 0;
    exports.take = async () => { const seen = count; const item = await queue.pop(); count = seen + 1; return item; };
    exports.give = n => { queue.push(n); };`,
  'what an async function waits for': `const waiting = [];
    let count = 0;
    async function next() { await pause(1); count++; const got = await new Promise(resolve => { waiting.push(resolve); }); count++; return got; }
    exports.take = async () => { count++; const got = await next(); count++; return got; };
    exports.give = n => { count++; waiting.shift()?.(n); };`,
  'what somebody calls with what was kept': `const pending = new Map();
    let last = 0;
    exports.take = async () => {
      const id = ++last;
      await pause(1);
      const got = await new Promise(resolve => { pending.set(id, n => { pending.delete(id); resolve(n); }); });
      last++;
      return got;
    };
    exports.give = n => { for (const settle of pending.values()) settle(n); };`,
  'a listener that settles a promise': `const { EventEmitter } = require('node:events');
    const bus = new EventEmitter();
    let count = 0;
    exports.take = async () => { const seen = count; const got = await new Promise(resolve => bus.once('ready', resolve)); count = seen + 1; return got; };
    exports.give = n => { count++; bus.emit('ready', n); };`,
  'what comes of a reply': `const pending = new Map();
    let last = 0;
    exports.take = async () => {
      const id = ++last;
      const reply = new Promise(resolve => { pending.set(id, resolve); });
      const got = await reply.then(n => n + 1);
      pending.delete(id);
      return got - 1;
    };
    exports.give = n => { for (const resolve of pending.values()) resolve(n); };`,
  'a reply or a timeout': `const pending = new Map();
    let last = 0;
    exports.take = async () => {
      const id = ++last;
      const reply = new Promise(resolve => { pending.set(id, resolve); });
      const got = await Promise.race([reply, pause(5000, 0, { ref: false })]);
      pending.delete(id);
      return got;
    };
    exports.give = n => { for (const resolve of pending.values()) resolve(n); };`,
  'by a key, and with what it owns': `const rooms = new Map();
    rooms.set('a', { waiting: [], seen: 0 });
    exports.take = async (name = 'a') => {
      const room = rooms.get(name);
      room.seen++;
      const got = await new Promise(resolve => { room.waiting.push(resolve); });
      await pause(1);
      room.seen++;
      return got;
    };
    exports.give = (n, name = 'a') => { const room = rooms.get(name); room.seen++; room.waiting.shift()?.(n); };`,
  'before the first write': `const waiting = [];
    let count = 0;
    exports.take = async () => { const seen = count; await pause(1); const got = await new Promise(resolve => { waiting.push(resolve); }); await pause(1); count = seen + 1; return got; };
    exports.give = async n => { const seen = count; await pause(1); waiting.shift()?.(n); return seen; };`,
  'a variable of the module': `let release;
    let count = 0;
    exports.take = async () => { count++; const got = await new Promise(resolve => { release = resolve; }); count++; return got; };
    exports.give = n => { count++; release?.(n); };`,
  'an event of the program': `const { EventEmitter, once } = require('node:events');
    const bus = new EventEmitter();
    let count = 0;
    exports.take = async () => { const seen = count; const [got] = await once(bus, 'ready'); count = seen + 1; return got; };
    exports.give = n => { count++; bus.emit('ready', n); };`,
};

// Node before 22 has none.
const runs = Object.entries(SCENES).filter(
  ([, code]) => 'withResolvers' in Promise || !code.includes('withResolvers'),
);

test.each(runs)('nobody is stuck: %s', async (_, code) => {
  const { plain, compiled } = instantiate(PAUSE + code);
  for (const { take, give } of [plain, compiled]) {
    const taken = within((take as Handlers[string])() as Promise<unknown>);
    let isTaken = false;
    taken.finally(() => {
      isTaken = true;
    });
    for (let i = 0; i < 20 && !isTaken; i++) {
      await new Promise(resolve => setTimeout(resolve, 10));
      if (!isTaken) await within(Promise.resolve((give as Handlers[string])(7)).catch(() => {}));
    }
    expect(await taken).toBe(7);
  }
});

test('what comes after the wait is atomic again', async () => {
  const { compiled } = instantiate(`${PAUSE}
    const waiting = [];
    let count = 0;
    exports.take = async () => {
      count++;
      await new Promise(resolve => { waiting.push(resolve); });
      const seen = count;
      await pause(1);
      count = seen + 1;
    };
    exports.add = async () => { const seen = count; await pause(1); count = seen + 1; };
    exports.give = () => { for (const resolve of waiting.splice(0)) resolve(); };
    exports.count = () => count;`);
  const { take, add, give, count } = compiled as { [name: string]: (...args: unknown[]) => unknown };
  const taken = [1, 2, 3].map(() => take?.());
  await new Promise(resolve => setTimeout(resolve, 20));
  const added = [1, 2, 3, 4].map(() => add?.());
  give?.();
  await Promise.all([...taken, ...added]);
  expect(await count?.()).toBe(10);
});

test('an error comes when the section is entered again', async () => {
  const { compiled } = instantiate(`${PAUSE}
    const waiting = [];
    let count = 0;
    exports.take = async () => {
      count++;
      try { await new Promise((_, reject) => { waiting.push(reject); }); }
      catch (error) { const seen = count; await pause(1); count = seen + 1; throw error; }
      finally { count++; }
    };
    exports.fail = () => { count++; waiting.shift()(new TypeError('gone')); };
    exports.count = () => count;`);
  const taken = compiled.take?.() as Promise<unknown>;
  await Promise.all([expect(taken).rejects.toThrow(new TypeError('gone')), compiled.fail?.()]);
  expect(await compiled.count?.()).toBe(4);
});

test.each([
  ['a timer', 'await new Promise(resolve => setTimeout(resolve, 1));'],
  ['a timer of a module', 'await pause(1);'],
  ['a callback', "await new Promise((resolve, reject) => stat('.', e => (e ? reject(e) : resolve())));"],
  ['a promise that is kept, and settled by the task itself', 'ready ??= pause(1); await ready;'],
  ['a function that is handed what settles', 'await new Promise(resolve => later(resolve));'],
  ['a method that is handed what settles', 'await new Promise(resolve => worker.run(resolve));'],
  ['an event of a stream', "const s = open('.'); await once(s, 'close');"],
  ['an event that nobody emits', "await Promise.race([once(bus, 'other'), pause(1)]);"],
  ['several that end by themselves', 'await Promise.all([pause(1), pause(2)]);'],
  // What it has started itself would go on unprotected.
  ['another task, beside work of its own', 'await Promise.all([waitForOne(), add()]);'],
  ['another task, and then counts', 'await waitForOne().then(() => { count++; });'],
  ['a function that goes on when it has suspended', 'await pauseAndWait();'],
])('nothing is given up while a task waits for %s', (_, wait) => {
  const code = `${PAUSE}
    const { EventEmitter, once } = require('node:events');
    const { stat, createReadStream: open } = require('node:fs');
    const bus = new EventEmitter();
    const later = done => { setTimeout(() => done(), 1); };
    class Worker { run(done) { if (count > 5) done(); else later(done); } }
    const worker = new Worker();
    const waiting = [];
    const waitForOne = () => new Promise(resolve => { waiting.push(resolve); });
    const add = async () => { await pause(1); count++; };
    async function pauseAndWait() { await pause(1); count++; return waitForOne(); }
    let ready;
    let count = 0;
    exports.take = async () => { const seen = count; ${wait} count = seen + 1; };
    exports.tell = () => { count++; bus.emit('ready'); waiting.shift()?.(); };`;
  const plan = planOf(code);
  expect(plan.handlers.find(({ id }) => id === 'main.js#take')?.protection).toBe('section');
  expect(plan.diagnostics.map(one => one.code)).not.toContain('waits-for-another-task');
  expect(emit(code, plan)).not.toMatch(/aside|standAside/);
});

test('it is said where a section is given up, and where what settles the promise is kept', () => {
  const { handlers, diagnostics } = planOf(`${PAUSE}
    const waiting = new Map();
    let count = 0;
    exports.take = async name => {
      count++;
      const got = await new Promise(resolve => {
        const others = waiting.get(name) ?? [];
        waiting.set(name, [...others, resolve]);
      });
      count++;
      return got;
    };
    exports.give = (name, n) => { count++; for (const resolve of waiting.get(name) ?? []) resolve(n); };`);
  expect(diagnostics.map(({ code, line, message }) => [code, line, message])).toEqual([
    ['waits-for-another-task', 7, expect.stringContaining('kept in `waiting`')],
  ]);
  const take = handlers.find(({ id }) => id === 'main.js#take');
  expect(take?.bounds).toMatchObject({ kind: 'body', asides: [{ line: 7, column: 18 }] });
});
