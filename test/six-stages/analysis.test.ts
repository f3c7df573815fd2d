/**
 * The experiment that the method was first shown with: of a server whose requests pass through six stages, two touch
 * global state, so each of these may not overlap with itself, and all else may overlap. With fewer stages, the
 * preparation of responses is constrained as well.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { layOut } from '../../bench/demo/workspace.js';
import { analyze } from '../../src/analyze.js';
import { buildModuleGraph } from '../../src/graph/build.js';
import { normalizeOptions } from '../../src/options.js';
import type { Plan } from '../../src/plan/plan.js';

const directories: string[] = [];

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function planOf(overlay?: string, change: (root: string) => void = () => {}): Plan {
  const root = mkdtempSync(join(tmpdir(), 'six-stages-'));
  directories.push(root);
  layOut({ fixture: 'six-stages', config: 'babel.protected.config.js', ...(overlay && { overlay }) }, root);
  change(root);
  const options = normalizeOptions({ root, handlers: { exports: 'none' } }, root);
  return analyze(buildModuleGraph(options), options);
}

/** `accept.ts#accept` as `accept`; what no request runs is left out. */
const stageOf = (id: string) => id.replace(/^.*#/, '');
const stagesOf = ({ handlers }: Plan) =>
  handlers
    .filter(({ at }) => at.module !== 'src/server.ts')
    .map(({ id }) => stageOf(id))
    .sort();

/** The pairs of handlers that may not overlap, and what they meet on. */
function constraintsOf(plan: Plan): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { locked, members, resources } of plan.classes) {
    if (!locked) continue;
    members.forEach((a, i) => {
      for (const b of members.slice(i)) {
        if (a.mode !== 'write' && b.mode !== 'write') continue;
        const pair = [stageOf(a.handler), stageOf(b.handler)].sort().join(' x ');
        found[pair] = [...(found[pair] ?? []), ...resources].sort();
      }
    });
  }
  return found;
}

const DATABASE = [
  'src/database.ts#pages[]',
  'src/database.ts#store.row.revision',
  'src/database.ts#store.row.text',
];
const LOG = ['files[]', 'src/log.ts#size'];

test('of six stages, the query and the log are constrained, each by itself', () => {
  const plan = planOf();
  expect(stagesOf(plan)).toEqual(['accept', 'log', 'prepare', 'query', 'readRequest', 'write']);
  expect(constraintsOf(plan)).toEqual({ 'query x query': DATABASE, 'log x log': LOG });
  const untouched = plan.handlers.filter(({ protection }) => protection === 'untouched');
  expect(untouched.map(({ id }) => stageOf(id)).sort()).toEqual([
    'accept',
    // What is done when the server has closed.
    'close',
    'listen',
    'prepare',
    'readRequest',
    'shutDown',
    'write',
  ]);
  expect(plan.assumptions).toEqual([]);
});

test('with query and preparation in one, responses are prepared within the section of the query', () => {
  const plan = planOf('variants/fewer-stages');
  expect(stagesOf(plan)).toEqual(['accept', 'log', 'query', 'readRequest', 'write']);
  expect(constraintsOf(plan)).toEqual({ 'query x query': DATABASE, 'log x log': LOG });
  const accessesOf = (of: Plan) => {
    const query = of.handlers.find(({ id }) => stageOf(id) === 'query');
    return query?.accesses.map(({ at }) => at.module);
  };
  expect(accessesOf(plan)).toContain('src/render.ts');
  expect(accessesOf(planOf())).not.toContain('src/render.ts');
});

test('the stages of one handler have the same constraints, and the handler none', () => {
  const plan = planOf('variants/one-handler');
  expect(stagesOf(plan)).toEqual(['accept', 'log', 'prepare', 'query', 'readRequest', 'write']);
  expect(constraintsOf(plan)).toEqual({ 'query x query': DATABASE, 'log x log': LOG });
  const protectedOnes = plan.handlers.filter(({ protection }) => protection !== 'untouched');
  expect(protectedOnes.map(({ id, bounds }) => [stageOf(id), bounds?.kind])).toEqual([
    ['log', 'body'],
    ['query', 'body'],
  ]);
  expect(plan.diagnostics).toEqual([]);
});

test('without the directive, the handler holds everything from the query to the log', () => {
  const plan = planOf('variants/one-handler', root => {
    for (const name of readdirSync(join(root, 'src'))) {
      const file = join(root, 'src', name);
      writeFileSync(file, readFileSync(file, 'utf8').replace("'use stage';", ''));
    }
  });
  expect(constraintsOf(plan)).toEqual({ 'accept x accept': [...DATABASE, ...LOG].sort() });
});
