/** What the summary and the details say of functions that run in other threads, and of those that could. */
import { expect, test } from '@jest/globals';
import type { Plan } from '../../src/plan/plan.js';
import { renderDetails } from '../../src/report/details.js';
import { PLAIN } from '../../src/report/style.js';
import { renderSummary } from '../../src/report/summary.js';
import { analyzed } from './analyzed.js';

const { plan } = analyzed({
  'app.js': `import { by } from './by.js';
export async function work(data) { 'use parallel'; return data.length * by; }
export const h = async () => { const b = Buffer.alloc(9); return work(b); };
export const k = x => work(x);`,
  'by.js': 'export const by = 3;',
});

test('the summary names them', () => {
  expect(renderSummary(plan, PLAIN)).toContain(
    '1 parallel function: proven to do the same in another thread\n  app.js#work  2 calls  app.js:2:8',
  );
});

test('the details say what a worker evaluates, and what is moved to it', () => {
  expect(
    renderDetails(plan, PLAIN),
  ).toContain(`Parallel functions (1): proven to do the same in another thread

app.js#work  async  app.js:2:8
  A worker evaluates by of by.js; work of app.js.
  The program calls it at app.js:3:66, app.js:4:23.
  Buffers are moved and not copied at app.js:3:66.`);
});

test('the summary names those that could, with what was measured', () => {
  const candidate = {
    at: { module: 'app.js', line: 2, column: 7 },
    isAsync: false,
    unawaited: 2,
    heavy: [],
    loops: 2,
  };
  const measured = { self: 10, total: 40.4, share: 0.254 };
  const withMeasure: Plan = { ...plan, candidates: [{ ...candidate, id: 'app.js#slow', measured }] };
  expect(renderSummary(withMeasure, PLAIN)).toContain(
    `1 function could run in another thread: proven to do the same there
  frees  of all work  itself  function
  40 ms         25 %   10 ms  app.js#slow  loops in loops, 2 calls to be awaited  app.js:2:8
  If a call takes a millisecond or more, give the function the directive "use parallel".`,
  );
  const many = Array.from({ length: 7 }, (_, i) => ({ ...candidate, id: `app.js#slow${i}` }));
  const text = renderSummary({ ...plan, candidates: many }, PLAIN);
  expect(text).toContain('7 functions could run in other threads');
  expect(text).toContain('\n  and 2 more\n');
  expect(text).toContain('--cpu-profile <file>');
});
