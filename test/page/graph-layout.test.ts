/** The layout of the graph: in columns, nothing over anything else, also when there is much. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { layOutGraph, NODE_HEIGHT } from '../../page/graph-layout.js';
import type { PageData, PageHandler } from '../../src/report/page/page-data.js';

const measure = (label: string) => label.length * 7;

/** A program of which only the needs matter: by handler, the classes that it holds or passes. */
function programOf(
  needs: readonly { holds: boolean; classes: readonly number[] }[],
  classes: number,
): PageData {
  const handlers = needs.map(
    ({ holds, classes }, index): PageHandler => ({
      id: `src/handlers/file-${index % 7}.js#handler${index}`,
      kind: 'export',
      form: 'async',
      group: 0,
      protection: holds ? 'section' : 'gate',
      at: { module: 'a.js', line: 1, column: 0 },
      sentences: [],
      needs: classes.map(each => ({
        class: each,
        mode: each % 2 === 0 ? 'exclusive' : 'shared',
        part: null,
      })),
      accesses: [],
      source: { module: 'a.js', first: 1, last: 1, open: [], suspensions: [] },
      cost: null,
    }),
  );
  return {
    project: 'p',
    version: '0',
    legend: '',
    groups: [],
    handlers,
    classes: Array.from({ length: classes }, (_, index) => ({
      name: `src/state.js#class${index}`,
      resources: [],
      locked: true,
      covers: '',
      pairs: 0,
      members: [],
      cost: null,
    })),
    parallel: [],
    ownLocks: [],
    assumptions: [],
    diagnostics: [],
    isMeasured: false,
    modules: {},
  };
}

const programs = fc.integer({ min: 1, max: 40 }).chain(classes =>
  fc
    .array(
      fc.record({
        holds: fc.boolean(),
        classes: fc.uniqueArray(fc.integer({ min: 0, max: classes - 1 }), { maxLength: 8 }),
      }),
      { maxLength: 200 },
    )
    .map(needs => programOf(needs, classes)),
);

test('nodes never overlap, holders are left of their classes and gates right of them', () => {
  fc.assert(
    fc.property(programs, fc.boolean(), (data, isGrouped) => {
      const shown = [...data.handlers.keys()];
      const { nodes, edges } = layOutGraph(data, { shown, isGrouped, measure });
      const drawn = nodes.filter(({ kind }) => kind !== 'class').flatMap(({ members }) => members);
      const needing = shown.filter(index => (data.handlers[index]?.needs.length ?? 0) > 0);
      expect(drawn.sort((a, b) => a - b)).toEqual(needing);
      for (const [i, one] of nodes.entries()) {
        for (const other of nodes.slice(i + 1)) {
          const isApart =
            Math.abs(one.x - other.x) >= (one.width + other.width) / 2 ||
            Math.abs(one.y - other.y) >= NODE_HEIGHT;
          expect(isApart ? '' : `${one.id} ${other.id}`).toBe('');
        }
      }
      const byId = new Map(nodes.map(node => [node.id, node]));
      for (const edge of edges) {
        const handler = byId.get(edge.handler);
        const x = byId.get(edge.class)?.x ?? Number.NaN;
        expect(Math.sign((handler?.x ?? Number.NaN) - x)).toBe(handler?.kind === 'section' ? -1 : 1);
      }
    }),
    { numRuns: 25 },
  );
});

test('a long name is cut off at its beginning', () => {
  const data = programOf([{ holds: true, classes: [0] }], 1);
  const [handler] = data.handlers;
  if (handler) handler.id = `src/a.js#${'outer.'.repeat(20)}inner`;
  const { nodes } = layOutGraph(data, { shown: [0], isGrouped: false, measure });
  expect(nodes.map(({ label }) => label)).toEqual([
    expect.stringMatching(/^…(?:[a-z.]*)outer\.inner$/),
    'state.js#class0',
  ]);
  expect(nodes[0]?.label).toHaveLength(32);
});

test('two hundred handlers are laid out as tightly as a list', () => {
  const needs = Array.from({ length: 200 }, (_, index) => ({
    holds: index % 5 === 0,
    classes: [index % 30, (index * 7) % 30, (index * 11) % 30].filter(
      (each, at, all) => all.indexOf(each) === at,
    ),
  }));
  const { nodes } = layOutGraph(programOf(needs, 30), {
    shown: [...needs.keys()],
    isGrouped: false,
    measure,
  });
  const ys = nodes.map(({ y }) => y);
  const gates = nodes.filter(({ kind }) => kind === 'gate').length;
  expect(gates).toBe(160);
  expect(Math.max(...ys) - Math.min(...ys)).toBeLessThan(gates * 2 * NODE_HEIGHT);
});
