/** Explanations of programs that are analysed for real: the paths and conflicts that a reader would name. */
import { describe, expect, test } from '@jest/globals';
import { analyzeAndExplain } from '../../src/analyze.js';
import type { AccessPath, Explanations } from '../../src/explain/explanations.js';
import { buildModuleGraph } from '../../src/graph/build.js';
import { normalizeOptions } from '../../src/options.js';
import type { ConflictClass, Plan, PlannedHandler } from '../../src/plan/plan.js';
import { writeProject } from '../graph/temporary-project.js';

interface Explained {
  plan: Plan;
  explanations: Explanations;
  handler(name: string): PlannedHandler;
  classOf(resource: string): ConflictClass;
}

function explained(files: Record<string, string>): Explained {
  const root = writeProject({ 'package.json': '{ "type": "module" }', ...files });
  const options = normalizeOptions({ root }, root);
  const { plan, explanations } = analyzeAndExplain(buildModuleGraph(options), options);
  if (!explanations) throw new Error('not analysed');
  return {
    plan,
    explanations,
    handler: name => plan.handlers.find(({ id }) => id.endsWith(`#${name}`)) as PlannedHandler,
    classOf: resource =>
      plan.classes.find(({ resources }) => resources.some(r => r.endsWith(resource))) as ConflictClass,
  };
}

/** A path in short: `a.js:1 calls f, a.js:2 writes n`. */
const short = (path: AccessPath | undefined): string =>
  [
    ...(path?.steps ?? []).map(({ at, relation, callee }) => `${at.module}:${at.line} ${relation} ${callee}`),
    path && `${path.access.at.module}:${path.access.at.line} ${path.access.mode} ${path.access.resource}`,
  ].join(', ');

const accessOf = ({ explanations, classOf }: Explained, id: string, resource: string): string =>
  short(explanations.accessTo(id, classOf(resource)));

describe('the path to an access', () => {
  test('leads through calls in several modules', () => {
    const program = explained({
      'store.js': 'let n = 0;\nexport const set = x => { n = x; };\nexport const get = () => n;',
      'service.js': "import { set } from './store.js';\n\nexport const save = x => set(x);",
      'app.js':
        "import { createServer } from 'node:http';\nimport { save } from './service.js';\ncreateServer((req, res) => {\n  save(req.url);\n  res.end();\n});",
    });
    expect(accessOf(program, 'app.js#createServer', '#n')).toBe(
      'app.js:4 call save, service.js:3 call set, store.js:2 write store.js#n',
    );
  });

  test('is the shortest', () => {
    const program = explained({
      'app.js':
        'let n = 0;\nconst deep = () => { n += 1; };\nconst mid = () => deep();\nexport const f = () => {\n  mid();\n  n += 1;\n};',
    });
    expect(accessOf(program, 'app.js#f', '#n')).toBe('app.js:6 write app.js#n');
  });

  test('tells calls from callbacks and from what runs later', () => {
    const program = explained({
      'app.js':
        'let n = 0;\nlet m = 0;\nexport const f = list => {\n  list.forEach(() => { n += 1; });\n};\nexport const g = async () => {\n  await null;\n  return Promise.resolve().then(() => {\n    m += 1;\n  });\n};',
    });
    expect(accessOf(program, 'app.js#f', '#n')).toMatch(
      /^app\.js:4 callback f\.\S+, app\.js:4 write app\.js#n$/,
    );
    expect(accessOf(program, 'app.js#g', '#m')).toMatch(
      /^app\.js:8 later g\.\S+, app\.js:9 write app\.js#m$/,
    );
  });

  test('of a recursive function ends', () => {
    const program = explained({
      'app.js':
        'let n = 0;\nconst a = x => (x ? b(x - 1) : 0);\nconst b = x => { n = x; return a(x); };\nexport const f = () => a(3);',
    });
    expect(accessOf(program, 'app.js#f', '#n')).toBe(
      'app.js:4 call a, app.js:2 call b, app.js:3 write app.js#n',
    );
  });

  test('goes through a getter', () => {
    const program = explained({
      'app.js':
        'let n = 0;\nconst o = {\n  get next() { return (n += 1); },\n};\nexport const f = () => {\n  o.next;\n};',
    });
    expect(accessOf(program, 'app.js#f', '#n')).toBe('app.js:6 callback next, app.js:3 write app.js#n');
  });
});

const STOCK = `let stock = 10;
export async function buy() {
  if (stock === 0) return;
  await null;
  stock -= 1;
}
export const count = () => stock;
export const reset = () => {
  stock = 10;
};
`;

describe('the conflict of two handlers', () => {
  const program = () => explained({ 'app.js': STOCK });

  test('has a write in it', () => {
    const { explanations, classOf } = program();
    const conflict = explanations.conflict('app.js#count', 'app.js#buy', classOf('#stock'));
    expect([short(conflict?.own), short(conflict?.other)]).toEqual([
      'app.js:7 read app.js#stock',
      'app.js:5 write app.js#stock',
    ]);
  });

  test('of a handler with itself is one of two tasks', () => {
    const { explanations, classOf } = program();
    const conflict = explanations.conflict('app.js#buy', 'app.js#buy', classOf('#stock'));
    expect(conflict?.own.access.mode).toBe('write');
  });

  test('is none between readers', () => {
    const { explanations, classOf } = explained({ 'app.js': `${STOCK}export const also = () => stock;` });
    expect(explanations.conflict('app.js#count', 'app.js#also', classOf('#stock'))).toBeUndefined();
  });

  test('names what is not understood only if nothing else conflicts', () => {
    const { explanations, classOf } = explained({
      'app.js': `import mystery from 'mystery';
const state = { n: 0 };
export const vague = async () => {
  mystery(state);
  await null;
  mystery(state);
};
export const clear = async () => {
  state.n += 1;
  await null;
  mystery(state);
};
`,
    });
    const stateClass = classOf('state.n');
    expect(explanations.conflict('app.js#vague', 'app.js#clear', stateClass)).toMatchObject({
      own: { assumed: { code: 'unknown-call' } },
      other: { assumed: null },
    });
    expect(explanations.conflict('app.js#clear', 'app.js#clear', stateClass)).toMatchObject({
      own: { assumed: null },
      other: { assumed: null },
    });
  });
});

describe('whom a handler meets', () => {
  test('sections are waited for, gates wait', () => {
    const { explanations, handler, classOf } = explained({ 'app.js': STOCK });
    const meetings = (name: string) =>
      explanations
        .meetings(handler(name), classOf('#stock'))
        .map(({ handler: { id }, isWaitedFor, waits }) => [id, isWaitedFor, waits]);
    expect(meetings('count')).toEqual([['app.js#buy', true, false]]);
    expect(meetings('reset')).toEqual([['app.js#buy', true, false]]);
    expect(meetings('buy')).toEqual([
      ['app.js#buy', true, true],
      ['app.js#count', false, true],
      ['app.js#reset', false, true],
    ]);
  });

  test('nobody, where there is no lock', () => {
    const { explanations, handler, classOf } = explained({
      'app.js': 'let n = 0; export const f = () => { n += 1; };',
    });
    expect(explanations.meetings(handler('f'), classOf('#n'))).toEqual([]);
  });
});

describe('a line', () => {
  test('has the handlers that come there, with what they write first', () => {
    const { explanations } = explained({ 'app.js': STOCK });
    const found = explanations.accessesAt('app.js', 5);
    expect(found.map(({ handler: { id }, paths }) => [id, paths.map(short)])).toEqual([
      ['app.js#buy', ['app.js:5 write app.js#stock', 'app.js:5 read app.js#stock']],
    ]);
    expect(explanations.accessesAt('app.js', 4)).toEqual([]);
  });

  test('lies in the innermost handler', () => {
    const { explanations } = explained({
      'app.js':
        'export const outer = () => {\n  setTimeout(() => {\n    console.log(1);\n  }, 5);\n  console.log(2);\n};\n',
    });
    expect(explanations.handlerAt('app.js', 3)?.id).toBe('app.js#setTimeout');
    expect(explanations.handlerAt('app.js', 5)?.id).toBe('app.js#outer');
    expect(explanations.handlerAt('app.js', 7)).toBeUndefined();
  });
});

test('the plan is the one that everybody else gets', async () => {
  const { analyze } = await import('../../src/analyze.js');
  const root = writeProject({ 'package.json': '{ "type": "module" }', 'app.js': STOCK });
  const options = normalizeOptions({ root }, root);
  const graph = buildModuleGraph(options);
  expect(analyzeAndExplain(graph, options).plan).toEqual(analyze(graph, options));
});
