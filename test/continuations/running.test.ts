/**
 * Handlers that go on in callbacks and dropped promises: analysed, compiled, and run several at a time.
 *
 * Each scene reads a count, goes on later, and writes what it has computed. As written, runs that overlap lose what the
 * others have counted; compiled, they do not.
 */
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, test } from '@jest/globals';
import * as runtime from '../../runtime/index.js';
import { leftovers } from '../runtime/occasions.js';
import { emit, planOf } from '../serializability/compile.js';

interface Scene {
  name: string;
  code: string;
  /** The function that has the section, if that is not `take`. */
  by?: string;
  /** What three runs count, one after another; three, if nothing is said. */
  counted?: number;
}

/** `count` is what the scenes count up, and `ended` is told of each that has. */
const SCENES: Scene[] = [
  {
    name: 'an error-first callback',
    code: `const { stat } = require('node:fs');
    exports.take = () => {
      const seen = count;
      stat('.', error => { if (!error) count = seen + 1; ended(); });
    };`,
  },
  {
    name: 'callbacks within callbacks, of functions of the program',
    code: `const { stat } = require('node:fs');
    const look = (path, done) => stat(path, (error, info) => done(error, info));
    exports.take = () => {
      const seen = count;
      look('.', () => look('.', store));
      function store() { count = seen + 1; ended(); }
    };`,
  },
  {
    name: 'a callback behind an await',
    code: `const { stat } = require('node:fs');
    exports.take = async () => {
      await null;
      const seen = count;
      stat('.', () => { count = seen + 1; ended(); });
    };`,
  },
  {
    name: 'a reaction that nobody returns',
    code: `exports.take = () => {
      const seen = count;
      Promise.resolve().then(() => { count = seen + 1; ended(); }).catch(() => {});
    };`,
  },
  {
    name: 'a callback in a reaction',
    code: `const { stat } = require('node:fs');
    exports.take = () => {
      const seen = count;
      Promise.resolve().then(() => stat('.', () => { count = seen + 1; ended(); }));
    };`,
  },
  {
    name: 'an async callback of forEach',
    code: `exports.take = () => {
      [1].forEach(async step => { const seen = count; await null; count = seen + step; ended(); });
    };`,
  },
  {
    name: 'promises that are gathered and dropped',
    code: `exports.take = () => {
      Promise.all([1].map(async step => { const seen = count; await null; count = seen + step; ended(); }));
    };`,
  },
  {
    name: 'an async function that is called and dropped in a callback',
    code: `const { stat } = require('node:fs');
    const store = async seen => { await null; count = seen + 1; ended(); };
    exports.take = () => { const seen = count; stat('.', () => { store(seen); }); };`,
  },
  {
    name: 'a callback that code without a model calls',
    code: `const lookup = require('unknown-store');
    exports.take = () => { const seen = count; lookup('a', () => { count = seen + 1; ended(); }); };`,
  },
  {
    name: 'callbacks of which code without a model calls one',
    code: `const lookup = require('unknown-store');
    exports.take = () => {
      const seen = count;
      lookup({ failed: error => {}, found: row => { count = seen + 1; ended(); } });
    };`,
  },
  {
    name: 'a check before a callback that is told of failure',
    counted: 1,
    code: `const lookup = require('unknown-store');
    exports.take = () => {
      if (count > 0) ended();
      else lookup('a', error => { if (!error) count = count + 1; ended(); });
    };`,
  },
  {
    name: 'a value handed on to the function that hands the callback over',
    code: `const lookup = require('unknown-store');
    const store = seen => lookup('a', () => { count = seen + 1; ended(); });
    exports.take = () => { store(count); };`,
  },
  {
    name: 'a tick',
    code: `exports.take = () => { const seen = count; setImmediate(() => { count = seen + 1; ended(); }); };`,
  },
  {
    name: 'a timer',
    code: `exports.take = () => { const seen = count; setTimeout(() => { count = seen + 1; ended(); }, 5); };`,
  },
  {
    name: 'a timer with a delay that is a constant',
    code: `const LATENCY = 2;
    exports.take = () => {
      var most = 1 + LATENCY;
      const seen = count;
      setTimeout(() => { count = seen + 1; ended(); }, Math.floor(Math.random() * most) + 1);
    };`,
  },
  {
    name: 'a timer that answers, after a check',
    counted: 1,
    code: `exports.take = (res = { end: ended }) => {
      if (count > 0) return res.end();
      setTimeout(() => { count++; res.end(); }, 5);
    };`,
  },
  {
    name: 'a callback that code without a model calls and that answers, after a check',
    counted: 1,
    code: `const lookup = require('unknown-store');
    exports.take = (done = ended) => {
      if (count > 0) done();
      else lookup('a', () => { count++; done(); });
    };`,
  },
  {
    name: 'timers that stand for a store, and call back',
    code: `const read = done => setTimeout(() => done(null, count), 1);
    const write = (value, done) => { setTimeout(function () { count = value; done(null); }, 1); };
    exports.take = () => read((error, seen) => write(seen + 1, () => ended()));`,
    by: 'setTimeout',
  },
  {
    name: 'a timer that settles what is awaited',
    code: `exports.take = async () => {
      const seen = count;
      await new Promise(resolve => setTimeout(() => { count = seen + 1; resolve(); }));
      ended();
    };`,
  },
  {
    name: 'a listener that settles what is awaited, called by whoever comes',
    code: `const { EventEmitter } = require('node:events');
    exports.take = async () => {
      const bus = new EventEmitter();
      emitSoon(bus);
      const seen = count;
      await new Promise(resolve => {
        const done = () => { bus.off('done', done); count = seen + 1; resolve(bus.listenerCount('done')); };
        bus.on('done', done);
      });
      ended();
    };`,
  },
  {
    name: 'a callback of a stage',
    code: `const { stat } = require('node:fs');
    function store() {
      'use stage';
      const seen = count;
      stat('.', () => { count = seen + 1; ended(); });
    }
    exports.take = async () => { await null; store(); };`,
  },
  {
    name: 'a callback behind an await of a stage',
    code: `const { stat } = require('node:fs');
    async function store() {
      'use stage';
      await null;
      const seen = count;
      stat('.', () => { count = seen + 1; ended(); });
    }
    exports.take = async () => { await store(); };`,
    by: 'store',
  },
  {
    name: 'a callback in a callback, of which the first is awaited',
    code: `const { stat } = require('node:fs');
    exports.take = async () => {
      const seen = count;
      await new Promise(resolve => stat('.', () => { stat('.', () => { count = seen + 1; ended(); }); resolve(); }));
    };`,
  },
  {
    name: 'a promise made of a callback, which nobody awaits',
    code: `exports.take = () => {
      const seen = count;
      new Promise(resolve => setTimeout(() => { count = seen + 1; ended(); resolve(); }));
    };`,
  },
  {
    name: 'a promise made of a callback by a function of which nobody awaits the result',
    code: `const { EventEmitter } = require('node:events');
    const done = (bus, seen) => new Promise(resolve => {
      bus.once('done', () => { count = seen + 1; ended(); resolve(); });
    });
    exports.take = () => {
      const bus = new EventEmitter();
      emitSoon(bus);
      done(bus, count).catch(() => {});
    };`,
  },
  {
    name: 'a promise made of a callback, in a function of its own',
    code: `const lookup = require('unknown-store');
    let cached = 0;
    const query = id => new Promise((resolve, reject) => {
      lookup(id, (error, row) => { if (error) reject(error); else { cached = count; resolve(row); } });
    });
    exports.take = async () => { const seen = count; await query('a'); count = seen + 1; ended(); };`,
  },
];

/** What is called without a model: it calls, some time later, the first function that it finds. */
function lookup(...args: unknown[]): void {
  const functions = args.flatMap(arg =>
    typeof arg === 'object' && arg ? Object.values(arg).reverse() : [arg],
  );
  const callback = functions.find(value => typeof value === 'function') as (error: null) => void;
  setImmediate(() => callback(null));
}

const RUNS = 3;

/** Runs the scene several times at once; what it has counted in the end. */
async function run(code: string): Promise<number> {
  let count = 0;
  let open = RUNS;
  const done = new Promise<void>(resolve => {
    const exports: { take?: () => unknown; count?: () => number } = {};
    const load = (name: string) =>
      name === 'anyspeed/runtime'
        ? runtime
        : name === 'unknown-store'
          ? lookup
          : createRequire(import.meta.url)(name);
    const emitSoon = (bus: EventEmitter): void => void setImmediate(() => bus.emit('done'));
    const ended = (): void => {
      if (--open === 0) setImmediate(() => resolve());
      count = exports.count?.() ?? 0;
    };
    new Function('require', 'exports', 'ended', 'emitSoon', code)(load, exports, ended, emitSoon);
    for (let i = 0; i < RUNS; i++) exports.take?.();
  });
  await done;
  return count;
}

const source = ({ code }: Scene): string => `let count = 0;\nexports.count = () => count;\n${code}`;

afterEach(async () => {
  await new Promise(resolve => setImmediate(resolve));
  expect(leftovers()).toEqual([]);
});

describe('runs do not come in between each other', () => {
  test.each(SCENES)('$name', async scene => {
    const code = source(scene);
    const plan = planOf(code);
    expect(plan.handlers.find(({ id }) => id.endsWith(scene.by ?? 'take'))?.protection).toBe('section');
    // As it is written it does not: the scene is one.
    expect(await run(code)).not.toBe(scene.counted ?? RUNS);
    expect(await run(emit(code, plan))).toBe(scene.counted ?? RUNS);
  });
});

describe('nobody waits for a timer', () => {
  test.each([
    ['that is set for long', 'setTimeout(() => { count = seen + 1; }, 60 * 1000)'],
    ['that is set for a time that is not known', 'setTimeout(() => { count = seen + 1; }, delay)'],
    ['that is kept, and may be cleared', 'timer = setTimeout(() => { count = seen + 1; }, 5)'],
    ['that looks again', 'setTimeout(() => { count++; }, 5)'],
    ['that cleans up', 'if (seen === 0) { count++; setTimeout(() => { count -= delay.ms; }, 900); }'],
    ['that comes again and again', 'setInterval(() => { count = seen + 1; }, 5)'],
  ])('%s', (_, code) => {
    const { handlers } = planOf(`
      let count = 0;
      let timer;
      exports.count = () => count;
      exports.take = delay => { const seen = count; ${code}; };
    `);
    expect(handlers.map(({ protection }) => protection)).not.toContain('section');
  });
});
