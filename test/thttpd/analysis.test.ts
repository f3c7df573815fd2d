/**
 * What docs/thttpd.md says of the web server: with a request handled in one go, whatever ends a response holds nearly
 * everything; in stages, only the one that reads files into memory holds anything.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { layOut } from '../../bench/demo/workspace.js';
import { constrainedPairs, summaryTable } from '../../bench/thttpd/tables.js';
import { analyzeProject } from '../../src/index.js';
import type { Plan } from '../../src/plan/plan.js';

const parent = mkdtempSync(join(tmpdir(), 'thttpd-analysis-'));

afterAll(() => rmSync(parent, { recursive: true, force: true }));

function planOf(name: string, overlay?: string): Plan {
  const root = join(parent, name);
  layOut({ fixture: 'thttpd', config: 'babel.config.js', ...(overlay && { overlay }) }, root);
  return analyzeProject({ root, handlers: { exports: 'none' } });
}

const sectionsOf = ({ handlers }: Plan) =>
  handlers.filter(({ protection }) => protection === 'section').map(({ id }) => id.replace(/^.*#/, ''));
const lockedOf = ({ classes }: Plan) =>
  classes.flatMap(({ locked, resources }) => (locked ? resources : [])).join('\n');

const one = planOf('one');
const two = planOf('two', 'variants/two-stages');
const three = planOf('three', 'variants/three-stages');
const computing = planOf('computing', 'variants/computing');

test('no construct of the server is beyond the analysis', () => {
  for (const { assumptions } of [one, two, three]) expect(assumptions).toEqual([]);
  // The handler that has read a request goes on without it.
  expect(one.diagnostics.map(({ code }) => code)).toEqual(['floating-work']);
  for (const { diagnostics } of [two, three]) expect(diagnostics).toEqual([]);
});

describe('in one stage', () => {
  test('handlers that can begin the next response have sections', () => {
    expect(sectionsOf(one)).toEqual(
      expect.arrayContaining(['wakeUp', 'on("data")', 'on("drain")', 'handleIdle', 'stopGracefully']),
    );
    expect(sectionsOf(one)).not.toContain('handleNewConnect');
  });

  test('they meet on the connections, the files in memory, the counters and the throttles', () => {
    for (const state of ['connection.state', 'mappings[]', 'stats.ts#bytes', 'bytesOfInterval'])
      expect(lockedOf(one)).toContain(state);
  });
});

describe('in stages', () => {
  test('only those that wait for files have sections', () => {
    expect(sectionsOf(two)).toEqual(['prepare']);
    expect(sectionsOf(three)).toEqual(['findOut', 'prepare']);
  });

  test('each stage is a unit of its own wherever it is called, and has its section in its body', () => {
    for (const plan of [two, three]) {
      const stages = plan.handlers.filter(({ stage }) => stage !== undefined);
      expect(stages.flatMap(({ stage }) => stage?.calls.filter(({ merged }) => merged) ?? [])).toEqual([]);
      for (const { bounds, protection } of stages)
        if (protection === 'section') expect(bounds?.kind).toBe('body');
    }
  });

  test('the connections, the counters and the throttles need no locks', () => {
    for (const plan of [two, three]) {
      expect(lockedOf(plan)).toContain('mappings[]');
      for (const state of ['connection.state', 'slots', 'stats.ts', 'throttles.ts'])
        expect(lockedOf(plan)).not.toContain(state);
    }
  });

  test('handlers that are no part of a response never wait', () => {
    for (const plan of [two, three]) {
      const protection = (name: string) =>
        plan.handlers.find(({ id }) => id.endsWith(`#${name}`))?.protection;
      for (const name of ['handleNewConnect', 'on("end")', 'handleLingered', 'updateThrottles'])
        expect([name, protection(name)]).toEqual([name, 'untouched']);
    }
  });

  test('far fewer pairs of handlers may wait for each other', () => {
    expect(constrainedPairs(two).size * 3).toBeLessThan(constrainedPairs(one).size);
  });
});

test('a plan is summed up in a row', () => {
  const [, , row = ''] = summaryTable([{ title: 'two', plan: two }]).split('\n');
  expect(row).toMatch(/^\| two \| 27 \| 1 \| \d+ \| \d+ \| \d+ of \d+ \| \d+ of 378 \|$/);
});

test('what computes is proven to do the same in other threads, and constrains nobody', () => {
  expect(computing.parallel?.map(({ id }) => id)).toEqual([
    'src/encoding.ts#encodeFile',
    'src/encoding.ts#encodeListing',
  ]);
  expect(computing.diagnostics).toEqual([]);
  expect(sectionsOf(computing)).toEqual(['findOut', 'prepare']);
  expect(lockedOf(computing)).not.toMatch(/connections\.ts|throttles\.ts|stats\.ts|headers/);
});
