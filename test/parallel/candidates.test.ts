/** Which functions are named that could run in other threads, and what a CPU profile says of them. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import babel from '@babel/core';
import { describe, expect, test } from '@jest/globals';
import { analyze } from '../../src/analyze.js';
import { buildModuleGraph } from '../../src/graph/build.js';
import { normalizeOptions } from '../../src/options.js';
import type { ParallelCandidate } from '../../src/plan/plan.js';
import { readProfile } from '../../src/profile/read.js';
import { writeIn, writeProject } from '../graph/temporary-project.js';

function candidatesIn(files: Record<string, string>): ParallelCandidate[] {
  const root = writeProject({ 'package.json': '{ "type": "module" }', ...files });
  const options = normalizeOptions({ root }, root);
  return analyze(buildModuleGraph(options), { ...options, costs: true }).candidates ?? [];
}

const namesIn = (code: string): string[] =>
  candidatesIn({ 'app.js': code }).map(({ id }) => id.replace('app.js#', ''));

const LOOPS = 'for (const a of xs) for (const b of xs) n += a * b;';

describe('is named', () => {
  test('what takes long by its nature, and before loops', () => {
    const found = candidatesIn({
      'app.js': `import { gzipSync } from 'node:zlib';
export async function pack(x) { return gzipSync(x); }
export async function compare(xs) { let n = 0; ${LOOPS} return n; }
export async function small(xs) { let n = 0; for (const x of xs) n += x; return n; }`,
    });
    expect(found).toMatchObject([
      { id: 'app.js#pack', heavy: ['node:zlib.gzipSync'], isAsync: true, unawaited: 0 },
      { id: 'app.js#compare', heavy: [], loops: 2 },
    ]);
  });

  test('what has a loop around a call with a loop, and not what it calls', () => {
    expect(
      namesIn(`const sum = xs => xs.reduce((a, b) => a + b, 0);
const table = xs => { let n = 0; ${LOOPS} return n; };
export async function all(lists) { return lists.map(list => sum(list)); }
export async function other(xs) { const n = table(xs); return n + table(xs); }`),
    ).toEqual(['all', 'other']);
  });

  test('in time that grows with the program', () => {
    /** Each sums up in a list of its own, and calls the next; the last ones call each other, all of them. */
    const program = (count: number): string => {
      const chain = Array.from(
        { length: count },
        (_, i) => `function f${i}(xs) {
          const own = xs.reduce((sum, x) => { sum.push(x + ${i}); return sum; }, []);
          return own.length + f${i + 1}(xs);
        }`,
      );
      const all = Array.from({ length: 40 }, (_, i) => `g${i}`);
      const circle = all.map(
        name => `function ${name}(xs) { return ${all.map(other => `${other}(xs)`).join(' + ')}; }`,
      );
      return `const table = xs => { let n = 0; ${LOOPS} return n; };
        ${chain.join('\n')} function f${count}(xs) { return g0(xs); } ${circle.join('\n')}
        export async function work(xs) { return table(xs) + f0(xs); }`;
    };
    const timeOf = (count: number): number => {
      const begin = performance.now();
      expect(namesIn(program(count))).toEqual(['work']);
      return performance.now() - begin;
    };
    timeOf(100);
    // Beside other processes, the best of a few tells most.
    const [short, long] = [1000, 4000].map(count => Math.min(timeOf(count), timeOf(count))) as [
      number,
      number,
    ];
    expect(long / short).toBeLessThan(8);
  }, 120_000);

  test('what calls that through many functions, and beside functions that all call each other', () => {
    const all = Array.from({ length: 12 }, (_, i) => `f${i}`);
    const circle = all.map(
      name => `const ${name} = xs => { ${all.map(other => `${other}(xs);`).join(' ')} };`,
    );
    const chain = Array.from({ length: 300 }, (_, i) => `const g${i} = xs => g${i + 1}(xs);`);
    expect(
      namesIn(`const table = xs => { let n = 0; ${LOOPS} return n; };
const g300 = xs => table(xs); ${chain.join('\n')} ${circle.join('\n')}
export async function deep(xs) { return g0(xs); }
export async function round(xs) { f0(xs); return table(xs); }`),
    ).toEqual(['deep', 'round']);
  }, 20_000);

  test('what other handlers call as well, with how many calls would have to be awaited', () => {
    const found = candidatesIn({
      'app.js': `let hits = 0;
function table(xs) { let n = 0; ${LOOPS} return n; }
export const h = async xs => { hits++; return await table(xs); };
export const k = async xs => { hits++; return table(xs) + 1; };`,
    });
    expect(found).toMatchObject([{ id: 'app.js#table', isAsync: false, unawaited: 1 }]);
  });
});

describe('is not named', () => {
  test.each([
    ['what touches state', `let n = 0; export async function work(xs) { ${LOOPS} return n; }`],
    [
      'what is no function of a module',
      `export class A { async work(xs) { let n = 0; ${LOOPS} return n; } }`,
    ],
    [
      'what has the directive',
      `export async function work(xs) { 'use parallel'; let n = 0; ${LOOPS} return n; }`,
    ],
    [
      'what gets functions',
      `async function work(xs, f) { let n = 0; ${LOOPS} return f(n); } let k = 0; export const h = xs => { k++; return work(xs, x => x + k); };`,
    ],
    [
      'what calls what has it',
      `async function work(xs) { 'use parallel'; let n = 0; ${LOOPS} return n; } export const all = async xs => 1 + await work(xs); export const one = xs => work(xs);`,
    ],
    [
      'what answers a request',
      `import { createServer } from 'node:http'; createServer(async (req, res) => { let n = 0; const xs = req.url; ${LOOPS} res.end(n); });`,
    ],
    [
      'what asks an argument for what no copy has',
      `export async function work(xs, out) { let n = 0; ${LOOPS} out.end(n); }`,
    ],
    [
      'what only runs before there are tasks',
      `const work = xs => { let n = 0; ${LOOPS} return n; }; export const N = work([1, 2]);`,
    ],
  ])('%s', (_, code) => {
    expect(namesIn(code)).toEqual([]);
  });
});

test('nothing is looked for where nobody asks for costs', () => {
  const root = writeProject({ 'app.js': `export async function work(xs) { let n = 0; ${LOOPS} return n; }` });
  const options = normalizeOptions({ root }, root);
  expect(analyze(buildModuleGraph(options), options).candidates).toBeUndefined();
});

const MEASURED = {
  'src/app.ts': `// What is measured is the compiled form of this.
interface Numbers { list: number[] }

let runs = 0;

export async function slow({ list }: Numbers): Promise<number> {
  let n = 0;
  for (let i = 0; i < 3e7; i++) n = half(n + (list[i % 3] as number));
  return n;
}

function half(x: number): number {
  return x / 2;
}

export async function quick({ list }: Numbers): Promise<number> {
  let n = 0;
  for (let i = 0; i < 1e7; i++) n += list[i % 3] as number;
  return n;
}

export async function run(): Promise<void> {
  runs++;
  await slow({ list: [1, 2, 3] });
  await quick({ list: [1, 2, 3] });
}
`,
};

test.each([
  ['in the file', 'inline' as const],
  ['beside the file', true],
])(
  'a CPU profile of compiled code, with its source map %s',
  (_, sourceMaps) => {
    const root = writeProject({ 'package.json': '{ "type": "module" }', ...MEASURED });
    const result = babel.transformSync(MEASURED['src/app.ts'], {
      filename: join(root, 'src/app.ts'),
      babelrc: false,
      configFile: false,
      presets: ['@babel/preset-typescript'],
      sourceMaps,
      sourceFileName: '../src/app.ts',
    });
    const link = sourceMaps === true ? '\n//# sourceMappingURL=app.js.map' : '';
    writeIn(root, 'out/app.js', `${result?.code}${link}`);
    if (sourceMaps === true) writeIn(root, 'out/app.js.map', JSON.stringify(result?.map));
    writeIn(root, 'out/main.js', "import { run } from './app.js'; await run();");
    const { status } = spawnSync(process.execPath, ['--cpu-prof', '--cpu-prof-dir=profiles', 'out/main.js'], {
      cwd: root,
    });
    expect(status).toBe(0);
    const [file] = readdirSync(join(root, 'profiles'));
    const options = normalizeOptions({ root, include: ['src'] }, root);
    const graph = buildModuleGraph(options);
    const profile = readProfile(join(root, 'profiles', file as string), graph);
    const { candidates = [] } = analyze(graph, { ...options, costs: true, profile });
    expect(candidates.map(({ id }) => id)).toEqual(['src/app.ts#slow', 'src/app.ts#quick']);
    const [slow, quick] = candidates.map(({ measured }) => measured);
    expect(slow?.total).toBeGreaterThan(quick?.total ?? 0);
    expect(slow?.total).toBeGreaterThanOrEqual(slow?.self ?? 0);
    expect((slow?.share ?? 0) + (quick?.share ?? 0)).toBeGreaterThan(0.5);
    expect((slow?.share ?? 0) + (quick?.share ?? 0)).toBeLessThanOrEqual(1);
  },
  60_000,
);
