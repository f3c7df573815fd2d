/** Functions that as stages would shorten a section, and those that would not, or must not be torn out of it. */
import { describe, expect, test } from '@jest/globals';
import { analyze } from '../../src/analyze.js';
import { buildModuleGraph } from '../../src/graph/build.js';
import { normalizeOptions } from '../../src/options.js';
import { writeProject } from '../graph/temporary-project.js';

const SHARED = `import { setTimeout as pause } from 'node:timers/promises';
let stock = 10;
let lines = 0;
async function log() { const n = lines; await pause(1); lines = n + 1; }
async function take() { const n = stock; await pause(1); stock = n - 1; }
const seen = [];
function note(text) { seen.push(text); }
export const noted = () => seen.length;
export async function order() { await pause(1); const n = stock; await pause(1); stock = n - 1; await pause(1); }
`;

function proposed(handler: string): string[] {
  const root = writeProject({ 'shop.js': `${SHARED}export async function buy() { ${handler} }` });
  const options = normalizeOptions({ root }, root);
  return analyze(buildModuleGraph(options), { ...options, costs: true }).diagnostics.flatMap(d =>
    d.code === 'possible-stage' ? [d.message.replace(/^.*open/, '')] : [],
  );
}

describe('is proposed', () => {
  test.each([
    [
      'after the section of something else',
      'const n = stock; await pause(1); stock = n - 1; await pause(5); await log();',
      ' over 3 awaits; with `log` as a stage, it would be over 1.',
    ],
    [
      'before it',
      'await log(); await pause(5); const n = stock; await pause(1); stock = n - 1;',
      ' over 3 awaits; with `log` as a stage, it would be over 1.',
    ],
    [
      'of two, the one that leaves less',
      'await take(); await pause(1); await pause(1); await log();',
      ' over 4 awaits; with `take` as a stage, it would be over 1.',
    ],
    [
      'beside one call of a service, whose own section would do',
      'await order(); await log();',
      ' over 5 awaits; with `log` as a stage, it would be over 1.',
    ],
    [
      'if nobody awaits it and it never waits',
      'await order(); note(1);',
      ' over 4 awaits; with `note` as a stage, it would be over 1.',
    ],
  ])('%s', (_, handler, said) => {
    expect(proposed(handler)).toEqual([said]);
  });
});

describe('is not proposed', () => {
  test.each([
    ['if the rest accesses the same', 'await take(); await pause(1); stock--;'],
    ['if it makes all accesses', 'await pause(1); await log(); await pause(1);'],
    ['if nothing lies between', 'const n = stock; await pause(1); stock = n; await log();'],
    ['if nobody awaits it', 'const n = stock; await pause(1); stock = n; log();'],
    ['if the section of the service is in a loop', 'for (;;) { await order(); note(1); }'],
    ['if the section stays as long', 'const n = stock; const p = 1; await pause(1); stock = n - p;'],
    [
      'if it is one',
      "await mine(); stock++; async function mine() { 'use stage'; await log(); await pause(1); lines++; }",
    ],
  ])('%s', (_, handler) => {
    expect(proposed(handler)).toEqual([]);
  });
});
