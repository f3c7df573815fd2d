/** Locks of the program's own: what is left to them, and what looks alike and is locked as if they were not there. */
import { describe, expect, test } from '@jest/globals';
import { planOf, waiting } from '../models/analyzed.js';

const IMPORTS = `import { Mutex, Semaphore, withTimeout } from 'async-mutex';
import AsyncLock from 'async-lock';
import pLimit from 'p-limit';
import PQueue from 'p-queue';
let n = 0;
const pause = async () => {};
const step = async () => { const s = n; await pause(); n = s + 1; };
`;

/** Names of the locks that are left alone, and their handlers. */
const recognized = (code: string): [string, string[]][] =>
  planOf(IMPORTS + code).ownLocks.map(({ name, handlers }) => [
    name.replace('app.js#', ''),
    handlers.map(id => id.replace('app.js#', '')),
  ]);

const LOCKED: Record<string, string> = {
  'a mutex': `const lock = new Mutex();
    export const add = async () => { await lock.runExclusive(async () => { await step(); }); };`,
  'a function by its name': `const lock = new Mutex();
    export const add = () => lock.runExclusive(step);`,
  'a callback that hands on its promise': `const lock = new Mutex();
    export const add = () => lock.runExclusive(() => step());`,
  'a mutex with a timeout': `const lock = withTimeout(new Mutex(), 100);
    export const add = () => lock.runExclusive(step);`,
  'a semaphore for one': `const lock = new Semaphore(1);
    export const add = () => lock.runExclusive(step);`,
  'one key of an async-lock': `const lock = new AsyncLock();
    export const add = () => lock.acquire('n', step);`,
  'a limit of one': `const lock = pLimit(1);
    export const add = () => lock(step);`,
  'a queue for one': `const lock = new PQueue({ concurrency: 1 });
    export const add = () => lock.add(step);`,
  'a lock of an object that is one of a kind': `class Counter { lock = new Mutex(); add() { return this.lock.runExclusive(step); } }
    const counter = new Counter();
    export const add = () => counter.add();`,
  'a mutex that is acquired and released': `const lock = new Mutex();
    export const add = async () => { const release = await lock.acquire(); try { await step(); } finally { release(); } };`,
  'a semaphore that is acquired and released': `const lock = new Semaphore(1);
    export const add = async () => { await pause(); const [, release] = await lock.acquire(); const s = n; await pause(); n = s + 1; release(); };`,
  'what the callback does in between': `const lock = new Mutex();
    export const add = async () => { const x = await pause(); const y = await lock.runExclusive(step); return [x, y]; };`,
};

describe('what is under', () => {
  test.each(Object.entries(LOCKED))('%s is left to it', (_, code) => {
    expect(waiting(IMPORTS + code)).toEqual([]);
    expect(recognized(code).map(([, handlers]) => handlers)).toEqual([['add']]);
  });

  test('a lock that several handlers use is left to it, and the plan says so', () => {
    const plan = planOf(`${IMPORTS}const lock = new Mutex();
      export const add = () => lock.runExclusive(step);
      export const reset = async () => { await lock.runExclusive(() => { n = 0; }); };`);
    expect(plan.ownLocks).toEqual([
      {
        name: 'app.js#lock',
        at: { module: 'app.js', line: 8, column: 13 },
        handlers: ['app.js#add', 'app.js#reset'],
        resources: ['app.js#n'],
      },
    ]);
    expect(plan.classes).toEqual([]);
    expect(plan.handlers.map(({ protection, reason }) => [protection, reason])).toEqual([
      ['untouched', 'own-lock'],
      ['untouched', 'own-lock'],
    ]);
  });

  test('two keys of an async-lock is left to each', () => {
    expect(
      recognized(`const lock = new AsyncLock(); let m = 0;
        export const add = () => lock.acquire('n', step);
        export const other = () => lock.acquire('m', async () => { const s = m; await pause(); m = s + 1; });`),
    ).toEqual([
      ['lock "m"', ['other']],
      ['lock "n"', ['add']],
    ]);
  });
});

const UNPROVEN: Record<string, [code: string, ...waiting: string[]]> = {
  'somebody does not use it': [
    `const lock = new Mutex();
     export const add = () => lock.runExclusive(step);
     export const look = async () => n;`,
    'add',
    'look',
  ],
  'somebody uses another': [
    `const one = new Mutex(); const two = new Mutex();
     export const add = () => one.runExclusive(step);
     export const take = () => two.runExclusive(step);`,
    'add',
    'take',
  ],
  'it is entered twice': [
    `const lock = new Mutex();
     export const add = async () => { const s = await lock.runExclusive(() => n); await lock.runExclusive(() => { n = s + 1; }); };`,
    'add',
  ],
  'it is entered in a loop': [
    `const lock = new Mutex();
     export const add = async ids => { for (const id of ids) await lock.runExclusive(step); };`,
    'add',
  ],
  'it is entered twice at once': [
    `const lock = new Mutex();
     export const add = () => Promise.all([lock.runExclusive(step), lock.runExclusive(step)]);`,
    'add',
  ],
  'it is entered for each of many': [
    `const lock = new Mutex();
     export const add = ids => Promise.all(ids.map(() => lock.runExclusive(step)));`,
    'add',
  ],
  'the rest of the handler conflicts as well': [
    `const lock = new Mutex(); let m = 0;
     export const add = async () => { m += 1; await lock.runExclusive(step); m += 1; };`,
    'add',
  ],
  'its callback does not wait for its work': [
    `const lock = new Mutex();
     export const add = () => lock.runExclusive(() => { step(); });`,
    'add',
  ],
  'its callback works on in parallel': [
    `const lock = new Mutex();
     export const add = ids => lock.runExclusive(async () => { ids.forEach(async () => { await step(); }); });`,
    'add',
  ],
  'its callback is called without it as well': [
    `const lock = new Mutex();
     const work = async () => { await step(); };
     export const add = () => lock.runExclusive(work);
     export const take = () => work();`,
    'add',
    'take',
  ],
  'there may be several of it': [
    `const locks = new Map();
     export const open = id => { locks.set(id, new Mutex()); };
     export const add = id => locks.get(id).runExclusive(step);`,
    'add',
  ],
  'it is one of two': [
    `const one = new Mutex(); const two = new Mutex();
     export const add = which => (which ? one : two).runExclusive(step);`,
    'add',
  ],
  'it is made in a loop': [
    `const all = []; for (let i = 0; i < 2; i++) all.push(new Mutex());
     export const add = i => all[i].runExclusive(step);`,
    'add',
  ],
  'it lets in two': [
    `const lock = new Semaphore(2);
     export const add = () => lock.runExclusive(step);`,
    'add',
  ],
  'nobody knows how many it lets in': [
    `const lock = pLimit(Number(process.env.LIMIT));
     export const add = () => lock(step);`,
    'add',
  ],
  'its limit is changed': [
    `const lock = new PQueue({ concurrency: 1 });
     export const widen = () => { lock.concurrency = 2; };
     export const add = () => lock.add(step);`,
    'add',
  ],
  'it has a timeout': [
    `const lock = new PQueue({ concurrency: 1, timeout: 10 });
     export const add = () => lock.add(step);`,
    'add',
  ],
  'the call has options': [
    `const lock = new PQueue({ concurrency: 1 });
     export const add = () => lock.add(step, { timeout: 10 });`,
    'add',
  ],
  'its key is computed': [
    `const lock = new AsyncLock();
     export const add = id => lock.acquire(id, step);`,
    'add',
  ],
  'the keys differ': [
    `const lock = new AsyncLock();
     export const add = () => lock.acquire('a', step);
     export const take = () => lock.acquire('b', step);`,
    'add',
    'take',
  ],
  'its callback ends it by hand': [
    `const lock = new AsyncLock();
     export const add = () => lock.acquire('a', async done => { done(); await step(); });`,
    'add',
  ],
  'its limit is changed with other options': [
    `const lock = new PQueue({ concurrency: 1 });
     export const widen = () => { Object.assign(lock, { concurrency: 2 }); };
     export const add = () => lock.add(step);`,
    'add',
  ],
  'a subclass may be made otherwise': [
    `class Wide extends PQueue { constructor(options) { super({ concurrency: 2 }); } }
     const lock = new Wide({ concurrency: 1 });
     export const add = () => lock.add(step);`,
    'add',
  ],
  'it is released before the work is done': [
    `const lock = new Mutex();
     export const add = async () => { const release = await lock.acquire(); const s = n; release(); await pause(); n = s + 1; };`,
    'add',
  ],
  'it is released while the work goes on': [
    `const lock = new Mutex();
     export const add = async () => { const release = await lock.acquire(); const work = step(); release(); await work; };`,
    'add',
  ],
  'the work is returned, and goes on after `finally`': [
    `const lock = new Mutex();
     export const add = async () => { const release = await lock.acquire(); try { return step(); } finally { release(); } };`,
    'add',
  ],
  'it is released on one path': [
    `const lock = new Mutex();
     export const add = async early => { const release = await lock.acquire(); if (early) release(); await step(); };`,
    'add',
  ],
  'it is acquired on one path': [
    `const lock = new Mutex();
     export const add = async careful => { if (careful) await lock.acquire(); await step(); };`,
    'add',
  ],
  'it is acquired twice': [
    `const lock = new Mutex();
     export const add = async () => { let release = await lock.acquire(); const s = n; release(); release = await lock.acquire(); n = s + 1; release(); };`,
    'add',
  ],
  'a timer releases it': [
    `const lock = new Mutex();
     export const add = async () => { const release = await lock.acquire(); setTimeout(release, 5); await step(); };`,
    'add',
  ],
  'another function releases it': [
    `const lock = new Mutex();
     export const add = async () => { const release = await lock.acquire(); setTimeout(() => { release(); }, 5); await step(); };`,
    'add',
  ],
  'what releases it is kept': [
    `const lock = new Mutex(); const kept = {};
     export const add = async () => { kept.release = await lock.acquire(); await step(); kept.release(); };`,
    'add',
  ],
  'nobody waits until it is acquired': [
    `const lock = new Mutex();
     export const add = async () => { const waiting = lock.acquire(); await step(); (await waiting)(); };`,
    'add',
  ],
  'the semaphore takes a weight': [
    `const lock = new Semaphore(1);
     export const add = async () => { const [, release] = await lock.acquire(0); await step(); release(); };`,
    'add',
  ],
  'somebody opens it': [
    `const lock = new Mutex();
     export const open = () => { lock.release(); };
     export const add = () => lock.runExclusive(step);`,
    'add',
  ],
  'unknown code has it': [
    `import acme from 'acme-locks';
     const lock = new Mutex();
     export const lend = () => { acme.lend({ lock }); };
     export const add = () => lock.runExclusive(step);`,
    'add',
  ],
};

describe('is locked as before, because', () => {
  test.each(Object.entries(UNPROVEN))('%s', (_, [code, ...handlers]) => {
    const names = waiting(IMPORTS + code);
    expect(names).toEqual(expect.arrayContaining(handlers));
    expect(recognized(code)).toEqual([]);
  });
});
