/** What is emitted for parallel functions, and what it does when it runs in a worker. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { writeIn } from '../graph/temporary-project.js';
import { BABELS } from '../transform/babels.js';
import { build } from './compiled.js';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const PROGRAM = {
  'app.js': `import { createHash } from 'node:crypto';
import zlib from 'node:zlib';
import { mix, Refused as No } from './mix.js';
import * as low from './low.js';

const ROUNDS = 3;
let served = 0;
setInterval(() => {}, 1000).unref();
console.log('app');

export async function digest(data) {
  'use parallel';
  let sum = data;
  for (let i = 0; i < ROUNDS; i++) sum = createHash('md5').update(sum).digest('hex');
  if (data === 'no') throw new No('refused');
  const own = { mix, sum };
  return [own.mix(sum.slice(0, 4)), low.step(2), zlib.gunzipSync(zlib.gzipSync(data)).toString()];
}
export const twice = async x => { 'use parallel'; return x * 2; };
export default async function (x) { 'use parallel'; return low.step(x); }
`,
  'mix.js': `import { ROUNDS } from './low.js';
export class Refused extends Error {}
const tail = '!';
export const mix = text => text + tail + ROUNDS;
console.log('mix');
`,
  'low.js': `export const ROUNDS = 10;
const by = x => x + ROUNDS;
console.log('low');
export { by as step };
`,
  'main.js': `import { digest, twice } from './app.js';
import other from './app.js';
import { Refused } from './mix.js';
console.log(JSON.stringify([await digest('a'), await twice(4), await other(1), twice.name]));
await digest('no').catch(error => console.log(error instanceof Refused, error.message));
`,
};
/** Each module is evaluated once, in the main thread. */
const OUTPUT = `low
mix
app
[["${md5(md5(md5('a'))).slice(0, 4)}!10",12,"a"],8,11,"twice"]
true refused
`;

describe.each(BABELS)('%s', (_, babel) => {
  test('runs in the worker what the function needs, and evaluates no module twice', () => {
    expect(build(babel, PROGRAM).run('dist/main.js')).toBe(OUTPUT);
  }, 60_000);

  test('emits the code of the function beside it', () => {
    const { code } = build(babel, {
      'app.js': "const by = 2;\nexport async function twice(x) {\n  'use parallel';\n  return x * by;\n}\n",
    });
    expect(code['app.js']).toBe(`import { parallel as _parallel } from "anyspeed/parallel";
twice = _parallel("app.js#twice", twice, {
  source: ${JSON.stringify(`const _slice0 = {};
(function () {
"use strict";

_slice0.twice = twice;
const by = 2;
_slice0.by = by;
async function twice(x) {
  'use parallel';

  return x * by;
}
})();
return _slice0.twice;`)},
  lines: {
    sources: ["app.js"],
    mappings: ";;;;;MAAM;AAAM;AACL;EACL;;EACA;AACF;;"
  },
  from: import.meta.url
});
const by = 2;
export async function twice(x) {
  'use parallel';

  return x * by;
}`);
  });

  test('CommonJS', () => {
    const { run } = build(babel, {
      'app.cjs': `const { createHash } = require('node:crypto');
const { mix } = require('./mix.cjs');
const all = require('./mix.cjs');
exports.digest = async text => { 'use parallel'; return createHash('md5').update(mix(text) + all.low(1)).digest('hex').slice(0, 4); };
module.exports.sum = sum;
function sum(xs) { 'use parallel'; return xs.reduce((a, b) => a + b, 0); }
`,
      'mix.cjs': "const low = x => x + 1; exports.mix = x => x + '!'; exports.low = low; console.log('mix');",
      'main.cjs': `const { digest, sum } = require('./app.cjs');
(async () => console.log(await digest('a'), await sum([1, 2, 3])))();`,
    });
    expect(run('dist/main.cjs')).toBe(`mix\n${md5('a!2').slice(0, 4)} 6\n`);
  }, 60_000);

  test('functions that call each other across modules in a circle', () => {
    const { run } = build(babel, {
      'app.js': `import { odd } from './odd.js';
export const LIMIT = 10;
export function even(n) { return n === 0 ? 'even' : odd(n - 1); }
export async function parity(n) { 'use parallel'; return even(n); }`,
      'odd.js': `import { even, LIMIT } from './app.js';
export const odd = n => n > LIMIT ? 'many' : n === 0 ? 'odd' : even(n - 1);`,
      'main.js':
        "import { parity } from './app.js'; console.log(await parity(5), await parity(4), await parity(40));",
    });
    expect(run('dist/main.js')).toBe('odd even many\n');
  }, 60_000);

  test('parallel functions inside of parallel functions run in place', () => {
    const { run } = build(babel, {
      'app.js': `async function half(x) { 'use parallel'; return x / 2; }
export async function quarter(x) { 'use parallel'; return half(await half(x)); }`,
      'main.js': "import { quarter } from './app.js'; console.log(await quarter(8));",
    });
    expect(run('dist/main.js')).toBe('2\n');
  }, 60_000);
});

const TYPED = {
  'app.ts': `import type { Unit } from './units';
import { type Other, Level, Scale } from './units';

export interface Answer { value: number }
enum Mode { Slow = 1, Fast = 2 }
const factor: number = 3;

export async function scale(x: number, unit: Unit): Promise<Answer> {
  'use parallel';
  const other: Other = x;
  const scaled: Scale = new Scale(other!);
  return { value: scaled.by(factor as number) + Mode.Fast + Level.High + (unit?.size ?? 0) };
}
`,
  'units.ts': `export type Unit = { size: number };
export type Other = number;
export enum Level { Low, High = 10 }
export class Scale {
  constructor(private readonly x: number) {}
  by(n: number): number { return this.x * n; }
}
`,
  'main.js': "import { scale } from './app.js'; console.log(JSON.stringify(await scale(2, { size: 100 })));",
};

describe('with what else the build does', () => {
  const [, babel] = BABELS[0] as (typeof BABELS)[number];

  test('TypeScript', () => {
    const { run } = build(babel, TYPED, { presets: ['@babel/preset-typescript'], resolveTo: '.js' });
    expect(run('dist/main.js')).toBe('{"value":118}\n');
  }, 60_000);

  test('TypeScript that becomes CommonJS', () => {
    const { run, code } = build(
      babel,
      {
        ...TYPED,
        'package.json': '{ "type": "commonjs" }',
        'main.js': `import { scale } from './app.js';
scale(2, { size: 100 }).then(answer => console.log(JSON.stringify(answer)));`,
      },
      {
        presets: ['@babel/preset-typescript'],
        plugins: ['@babel/plugin-transform-modules-commonjs'],
      },
    );
    expect(code['app.ts']).toContain('from: __filename');
    expect(run('dist/main.js')).toBe('{"value":118}\n');
  }, 60_000);

  test.each([
    ['in the code', {}],
    ['of a package', { plugins: ['@babel/plugin-transform-runtime'] }],
  ])(
    'helpers of Babel %s',
    (_, { plugins = [] }: { plugins?: string[] }) => {
      const { run, code } = build(babel, PROGRAM, {
        plugins,
        presets: [['@babel/preset-env', { targets: { ie: '11' }, modules: false }]],
      });
      expect(code['app.js']).not.toMatch(/async function digest|class Refused/);
      expect(run('dist/main.js')).toBe(OUTPUT);
    },
    60_000,
  );

  test('a bundle', () => {
    const { root, run } = build(babel, PROGRAM);
    // In a process of its own: the bundler does not know Jest's realms.
    writeIn(
      root,
      'bundle.js',
      `import { rolldown } from ${JSON.stringify(import.meta.resolve('rolldown'))};
const bundle = await rolldown({ input: 'dist/main.js', platform: 'node', external: ['anyspeed/parallel'] });
await bundle.write({ file: 'bundle.mjs', format: 'esm' });
await bundle.close();`,
    );
    expect(run('bundle.js')).toBe('');
    expect(run('bundle.mjs')).toBe(OUTPUT);
  }, 60_000);
});

describe('errors in the worker', () => {
  const FAILING = {
    'app.js': `// One line more.
import { check } from './check.js';

export async function work(x) {
  'use parallel';
  const y = x + 1;
  return check(y);
}
`,
    'check.js': `
/** What is no number is refused. */

export function check(x) {
  if (x > 1) throw new Error('too much');
  return x;
}
`,
    'main.js': "import { work } from './app.js'; await work(1).catch(error => console.log(error.stack));",
  };

  test.each(BABELS)(
    'point at the lines of the author in %s',
    (_, babel) => {
      const { root, run } = build(babel, FAILING, { sourceMaps: 'inline' });
      const stack = run('dist/main.js', '--enable-source-maps');
      expect(stack).toContain(`${root}/check.js:5:20`);
      expect(stack).toContain(`${root}/app.js:7:10`);
    },
    60_000,
  );

  test.each(BABELS)(
    'do so without the flag, too, in %s',
    (_, babel) => {
      const { root, run } = build(babel, FAILING, { sourceMaps: 'inline' });
      const stack = run('dist/main.js');
      expect(stack).toContain(`${root}/check.js:5:20`);
      expect(stack).toContain(`${root}/app.js:7:10`);
    },
    60_000,
  );

  test.each(BABELS)(
    'name the files of the program, and no place that is not theirs, where the build makes no map, in %s',
    (_, babel) => {
      const { code, run } = build(babel, FAILING);
      expect(code['app.js']).not.toContain('sourceMappingURL');
      const [message, ...frames] = run('dist/main.js').trimEnd().split('\n');
      expect(message).toBe('Error: too much');
      expect(frames.slice(0, 3)).toEqual([
        expect.stringMatching(/^ {4}at (\S+ )?\(?source:check\.js:5:\d+\)?$/),
        expect.stringMatching(/^ {4}at (\S+ )?\(?source:app\.js:7:\d+\)?$/),
        '    at (in a worker thread, for the call)',
      ]);
    },
    60_000,
  );

  test('name the files of the program in CommonJS and where presets change the code', () => {
    const [, babel] = BABELS[0] as (typeof BABELS)[number];
    const { run } = build(
      babel,
      {
        ...FAILING,
        'package.json': '{ "type": "commonjs" }',
        'main.js': "import { work } from './app.js'; work(1).catch(error => console.log(error.stack));",
      },
      { presets: [['@babel/preset-env', { targets: { ie: '11' }, modules: 'commonjs' }]] },
    );
    const stack = run('dist/main.js');
    expect(stack).toMatch(/source:check\.js:5:\d+/);
    expect(stack).toMatch(/source:app\.js:7:\d+/);
  }, 60_000);
});
