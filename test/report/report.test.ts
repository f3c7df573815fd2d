/** The report as people read it: the whole text for one small program, and the parts that depend on the medium. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { analyzeProject } from '../../src/index.js';
import type { PlannedAccess, PlannedHandler } from '../../src/plan/plan.js';
import { renderDetails, renderHandlers } from '../../src/report/details.js';
import { PLAIN, styleOf } from '../../src/report/style.js';
import { renderSummary } from '../../src/report/summary.js';
import { writeProject } from '../graph/temporary-project.js';
import { classOf, GATE, OPTED_OUT, planWith, route, SECTION } from './small-plan.js';

const SERVER = `import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

let stock = 10;
let served = 0;

export async function buy() {
  if (stock === 0) return false;
  await sleep(5);
  stock -= 1;
  return true;
}

export function inStock() {
  return stock;
}

export function countServed() {
  served += 1;
}

export function reset() {
  'use unscheduled';
  stock = 10;
}

export const version = () => '1.0';
`;

function planOfServer() {
  const root = writeProject({ 'package.json': '{ "type": "module" }', 'shop.js': SERVER });
  return analyzeProject({ root });
}

test('the summary of a small program', () => {
  expect(renderSummary(planOfServer(), PLAIN)).toBe(`5 handlers in 1 module
                        total  exports
  sections                  1        1
  gates                     1        1
  atomic by themselves      1        1
  without conflict          1        1
  opted out                 1        1
  A section holds its classes while it is open; a gate waits while a conflicting section is open and holds nothing; all other handlers stay as they are.

1 handler opted out: never scheduled, their authors answer for them
  shop.js#reset  shop.js:22:8

2 conflict classes, 1 locked
  pairs that may wait  sections  gates  class
                    2         1      1  shop.js#stock
  1 class needs no lock: each handler is through with it in one segment.

1 diagnostic
  info A call of the export \`shop.js#inStock\` that has to wait returns a promise, not the value of its sync function. (shop.js:14:8)`);
});

test('the details of a small program', () => {
  expect(renderDetails(planOfServer(), PLAIN)).toBe(`Sections (1): hold their classes while they are open

shop.js#buy  async export  shop.js:7:8
  Its conflicting accesses lie in more than one segment.
  Its section begins at shop.js:8:3, lets readers pass until shop.js:10:3 and ends with the handler.
  holds update shop.js#stock
    reads          shop.js:8:7
    reads, writes  shop.js:10:3

Gates (1): wait for open sections, hold nothing

shop.js#inStock  export  shop.js:14:8
  Its conflicting accesses lie in its first segment, which is atomic by itself: it waits while a conflicting section is open, and holds nothing.
  passes shared shop.js#stock
    reads  shop.js:15:10

Atomic by themselves (1): untouched: one segment, no section

shop.js#countServed  export  shop.js:18:8
  Its conflicting accesses lie in one segment, which JavaScript runs atomically, and nobody holds anything of them longer.
  needs no lock shop.js#served
    reads, writes  shop.js:19:3

Without conflict (1): untouched: nothing to protect

shop.js#version  export  shop.js:27:24

Opted out (1): untouched: their authors answer for them

shop.js#reset  export  shop.js:22:8
  Its author opted out and answers for it: it is never scheduled.
  unprotected shop.js#stock
    writes  shop.js:24:3

Conflict classes (2)

shop.js#stock  2 pairs of handlers may wait
  section  update  shop.js#buy
  gate     shared  shop.js#inStock

shop.js#served  needs no lock: each handler is through with it in one segment
  writes    shop.js#countServed

Diagnostics

info A call of the export \`shop.js#inStock\` that has to wait returns a promise, not the value of its sync function. [promised-value]
  at shop.js:14:8

    12 | }
    13 |
  > 14 | export function inStock() {
       |        ^
    15 |   return stock;
    16 | }
    17 |

  Whoever calls it from outside of the program may not expect that. Make it async, or let it read what no section changes.`);
});

describe('the summary', () => {
  const many = planWith({
    handlers: Array.from({ length: 200 }, (_, i) =>
      route(`src/controllers/some-directory/with-a-long-name/module-${i}.js#handler`, SECTION, [
        `class-${i}`,
        'exclusive',
      ]),
    ),
    classes: Array.from({ length: 200 }, (_, i) =>
      classOf(`class-${i}`, true, [
        `src/controllers/some-directory/with-a-long-name/module-${i}.js#handler`,
        'write',
      ]),
    ),
    assumptions: Array.from({ length: 50 }, (_, i) => ({
      code: 'opaque-code',
      message: `\`eval${i % 9}\` may read and write every variable in its scope.`,
      at: { module: 'src/template.js', line: i + 1, column: 4 },
    })),
    diagnostics: Array.from({ length: 40 }, (_, i) => ({
      code: 'unresolved-import',
      severity: 'warning' as const,
      message: `"package-${i}", imported by src/server.js, cannot be found.`,
      hint: '',
      module: 'src/server.js',
      line: i,
    })),
  });

  test('of a large program fits a screen', () => {
    const lines = renderSummary(many, styleOf(false, 80)).split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(lines.filter(line => line.length > 80)).toEqual([]);
  });

  test('cuts nothing off where it is not read on a screen', () => {
    const name = `src/${'deep/'.repeat(50)}cart.js#carts[]`;
    const plan = planWith({
      handlers: [route('a.js#a', SECTION, [name, 'exclusive'])],
      classes: [classOf(name, true, ['a.js#a', 'write'])],
    });
    expect(renderSummary(plan, PLAIN)).toContain(name);
    expect(renderSummary(plan, styleOf(false, 60))).not.toContain(name);
    expect(renderSummary(plan, styleOf(false, 60))).toContain('cart.js#carts[]');
  });

  test('lists every handler that opted out, however many', () => {
    const ids = Array.from({ length: 60 }, (_, i) => `a.js#handler${i}`);
    const text = renderSummary(
      planWith({ handlers: ids.map(id => route(id, OPTED_OUT)) }),
      styleOf(false, 80),
    );
    expect(ids.filter(id => !text.includes(`  ${id} `))).toEqual([]);
  });

  test('puts the classes first that let most pairs of handlers wait', () => {
    // One writing section and six gates make 7 pairs, three writing sections 6, three reading sections none.
    const handlers = [
      ...['a', 'b', 'c'].map(name => route(name, SECTION, ['readers', 'shared'], ['writers', 'exclusive'])),
      route('d', SECTION, ['gates', 'exclusive']),
      ...['e', 'f', 'g', 'h', 'i', 'j'].map(name => route(name, GATE, ['gates', 'shared'])),
    ];
    const classes = [classOf('readers', true), classOf('writers', true), classOf('gates', true)];
    const text = renderSummary(planWith({ handlers, classes }), PLAIN);
    expect(
      text
        .split('\n')
        .filter(line => /readers|writers|gates$/.test(line))
        .map(line => line.trim().split(/\s+/)),
    ).toEqual([
      ['7', '1', '6', 'gates'],
      ['6', '3', '0', 'writers'],
      ['0', '3', '0', 'readers'],
    ]);
  });

  test('says what can be done about an assumption, and where', () => {
    const text = renderSummary(many, PLAIN);
    expect(text).toContain('50 conservative assumptions');
    expect(text).toContain('at src/template.js:1:5, src/template.js:10:5, 4 more');
    expect(text).toContain('Replace `eval`, `with` or `new Function` by ordinary code');
    expect(text).toContain('and 6 others');
  });

  test('shows errors in full and before everything less severe', () => {
    const text = renderSummary(
      planWith({
        diagnostics: [
          { code: 'w', severity: 'warning', message: 'Odd.', hint: 'Look.', module: 'a.js', line: 2 },
          { code: 'e', severity: 'error', message: 'Broken.', hint: 'Mend it.', frame: '> 1 | {' },
        ],
      }),
      PLAIN,
    );
    expect(text).toBe(`0 handlers in 0 modules

2 diagnostics
  error Broken. [e]

    > 1 | {

    Mend it.

  warning Odd. (a.js:2)`);
  });
});

describe('colours', () => {
  test('change nothing but the colours', () => {
    const plan = planOfServer();
    for (const render of [renderSummary, renderDetails]) {
      const colored = render(plan, styleOf(true, Number.POSITIVE_INFINITY));
      expect(colored).not.toBe(render(plan, PLAIN));
      expect(stripVTControlCharacters(colored)).toBe(render(plan, PLAIN));
    }
  });
});

describe('the details of a handler', () => {
  const at = (line: number) => ({ module: 'a.js', line, column: 2 });

  test.each<[Partial<PlannedHandler>, string]>([
    [
      { ...SECTION, bounds: { kind: 'body', enters: [at(4)], writes: [], leaves: [at(7), at(9)] } },
      'Its section begins at a.js:4:3 and ends before a.js:7:3 or a.js:9:3, or with the handler.',
    ],
    [
      {
        ...SECTION,
        classes: [
          { class: 'a.js#x', mode: 'exclusive' },
          { class: 'a.js#y', mode: 'exclusive', step: 1 },
          { class: 'a.js#z', mode: 'shared', step: 1 },
        ],
        bounds: { kind: 'body', enters: [at(4)], writes: [], grows: [[at(6), at(8)]], leaves: [at(9)] },
      },
      'Its section begins at a.js:4:3, takes a.js#y and a.js#z only at a.js:6:3 or a.js:8:3 and ends before a.js:9:3, or with the handler.',
    ],
    [
      { ...GATE, bounds: { kind: 'body', enters: [at(4), at(8)], writes: [], leaves: [] } },
      'It passes its gate at a.js:4:3 or a.js:8:3.',
    ],
    [
      { ...SECTION, bounds: { kind: 'whole', reason: 'generator' } },
      'It holds its classes from the call until everything has settled, because it is a generator.',
    ],
    [
      { reason: 'delegated', bounds: { kind: 'delegated', to: ['a.js#buy', 'a.js#sell'] } },
      'It calls a.js#buy or a.js#sell.',
    ],
  ])('say where its section is: %#', (parts, sentence) => {
    const handler = { ...route('a.js#add', parts), ...parts };
    expect(renderHandlers(planWith({ handlers: [handler] }), [handler], PLAIN)).toContain('a.js#add');
    expect(renderDetails(planWith({ handlers: [{ ...handler, accesses: [access] }] }), PLAIN)).toContain(
      `  ${sentence}\n`,
    );
  });

  const access: PlannedAccess = { resource: 'a.js#n', mode: 'read', at: at(4) };

  test('name the resources of a class that has several, what is locked before what is not', () => {
    const at = (line: number) => ({ module: 'a.js', line, column: 0 });
    const handler = route(
      'a.js#add',
      {
        ...SECTION,
        isAsync: true,
        isGenerator: true,
        carriesTask: true,
        accesses: [
          { resource: 'a.js#counted', mode: 'write', at: at(9) },
          { resource: 'a.js#items', mode: 'read', at: at(4) },
          { resource: 'a.js#total', mode: 'write', at: at(5) },
        ],
      },
      ['a.js#items', 'exclusive'],
    );
    const classes = [
      { ...classOf('a.js#items', true), resources: ['a.js#items', 'a.js#total'] },
      classOf('a.js#counted', false),
    ];
    expect(
      renderHandlers(planWith({ handlers: [handler], classes }), [handler], styleOf(false, 80)),
    ).toBe(`Sections (1): hold their classes while they are open

a.js#add  async generator route  a.js:3:1
  Its conflicting accesses lie in more than one segment.
  Code that is not compiled may call back into the program while its section is
  open, so its task is followed through such calls.
  holds exclusive a.js#items
    a.js#items
      reads  a.js:4:1
    a.js#total
      writes  a.js:5:1
  needs no lock a.js#counted
    writes  a.js:9:1`);
  });
});

test('a class without a lock of its own is shown with those that cover it', () => {
  const code = `let stock = 10, sold = 0;
export async function buy() {
  const left = stock, before = sold;
  await new Promise(resolve => setTimeout(resolve, 5));
  stock = left - 1;
  sold = before + 1;
}
export async function restock() {
  const left = stock;
  await new Promise(resolve => setTimeout(resolve, 5));
  stock = left + 1;
}
`;
  const plan = analyzeProject({
    root: writeProject({ 'package.json': '{ "type": "module" }', 'shop.js': code }),
  });
  expect(plan.classes.map(({ name, coveredBy }) => [name, coveredBy])).toEqual([
    ['shop.js#sold', ['shop.js#stock']],
    ['shop.js#stock', undefined],
  ]);
  const covered = 'It needs no lock of its own: whoever waits on it waits on shop.js#stock, too.';
  expect(renderDetails(plan, PLAIN)).toContain(
    `  holds exclusive shop.js#sold\n    ${covered}\n    reads   shop.js:3:32\n    writes  shop.js:6:3`,
  );
  expect(renderDetails(plan, PLAIN)).toContain(`shop.js#sold  1 pair of handlers may wait\n  ${covered}`);
  expect(renderSummary(plan, PLAIN)).toContain('2 conflict classes, 2 locked by 1 lock\n');
});
