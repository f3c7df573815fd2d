/**
 * Handlers that go on in callbacks and dropped promises: analysed, compiled, and run several at a time.
 *
 * Each scene reads a count, goes on later, and writes what it has computed. As written, runs that overlap lose what the
 * others have counted; compiled, they do not.
 */
import { createRequire } from 'node:module';
import { afterEach, describe, expect, test } from '@jest/globals';
import * as runtime from '../../runtime/index.js';
import { leftovers } from '../runtime/occasions.js';
import { emit, planOf } from '../serializability/compile.js';

interface Scene {
  name: string;
  code: string;
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
];

const RUNS = 3;

/** Runs the scene several times at once; what it has counted in the end. */
async function run(code: string): Promise<number> {
  let count = 0;
  let open = RUNS;
  const done = new Promise<void>(resolve => {
    const exports: { take?: () => unknown; count?: () => number } = {};
    const load = (name: string) =>
      name === 'anyspeed/runtime' ? runtime : createRequire(import.meta.url)(name);
    const ended = (): void => {
      if (--open === 0) setImmediate(() => resolve());
      count = exports.count?.() ?? 0;
    };
    new Function('require', 'exports', 'ended', code)(load, exports, ended);
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
    expect(plan.handlers.find(({ id }) => id.endsWith('take'))?.protection).toBe('section');
    // As it is written, it loses counts: the scene is one.
    expect(await run(code)).toBeLessThan(RUNS);
    expect(await run(emit(code, plan))).toBe(RUNS);
  });
});
