/** Which classes need no lock, as everybody is through with them in one segment: one small program for each condition. */
import { describe, expect, test } from '@jest/globals';
import { textOf } from '../../src/keys/expression.js';
import type { Plan } from '../../src/plan/plan.js';
import { planOf } from '../serializability/compile.js';

const SHARED = `const { randomUUID } = require('node:crypto');
const { setTimeout: pause } = require('node:timers/promises');
let stock = 10;
let sold = 0;
let price = 5;
const log = [];
const map = new Map();
const note = text => { log.push(text); };
exports.newest = () => log.at(-1);
`;

const planFor = (handlers: Record<string, string>): Plan =>
  planOf(
    SHARED +
      Object.entries(handlers).reduce((text, [name, code]) => `${text}exports.${name} = ${code};\n`, ''),
  );

/** The resources that are locked, by their names in the program. */
const lockedIn = (plan: Plan): string[] =>
  plan.classes
    .filter(({ locked }) => locked)
    .flatMap(({ resources }) => resources.map(resource => resource.replace('main.js#', '')))
    .sort();

const handlerOf = (plan: Plan, name: string): Plan['handlers'][number] => {
  const found = plan.handlers.find(({ id }) => id === `main.js#${name}`);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};

const READER = '() => [stock, sold, log.length]';

describe('what a section is through with in one segment', () => {
  test.each([
    ['at its end', 'async () => { const n = stock; await pause(1); stock = n - 1; log.push(n); }', ['stock']],
    [
      'at its beginning',
      'async () => { log.push(1); const n = stock; await pause(1); stock = n - 1; }',
      ['stock'],
    ],
    [
      'in its midst',
      'async () => { const n = stock; await pause(1); log.push(n); await pause(1); stock = n - 1; }',
      ['stock'],
    ],
    [
      'after all that is held',
      'async () => { const n = stock; await pause(1); stock = n - 1; await pause(1); log.push(n); }',
      ['stock'],
    ],
    [
      'in what it calls',
      'async () => { const n = stock; await pause(1); note("a"); note("b"); stock = n - 1; }',
      ['stock'],
    ],
    [
      'in another segment on each path',
      'async x => { const n = stock; if (x) log.push(1); await pause(1); if (!x) log.push(2); stock = n; }',
      ['log[]', 'stock'],
    ],
    [
      'on one of its paths only',
      'async x => { const n = stock; await pause(1); if (x) log.push(n); else stock = n; }',
      ['stock'],
    ],
    [
      'twice',
      'async () => { log.push(1); const n = stock; await pause(1); stock = n; log.push(n); }',
      ['log[]', 'stock'],
    ],
    [
      'in each round of a loop',
      'async x => { const n = stock; for (const y of x) { log.push(y); await pause(1); } stock = n; }',
      ['log[]', 'stock'],
    ],
    [
      'at a time that is not known',
      'async x => { const n = stock; (async () => { await pause(1); log.push(1); log.push(await pause(2)); })(); await pause(1); stock = n; }',
      ['log[]', 'stock'],
    ],
    [
      'two of a kind in the same segment',
      'async () => { const n = stock; await pause(1); stock = n; log.push(n); sold += 1; }',
      ['stock'],
    ],
    [
      'two in different segments',
      'async () => { const n = stock; log.push(n); await pause(1); sold += 1; await pause(1); stock = n; }',
      ['sold', 'stock'],
    ],
  ])('%s', (_, code, expected) => {
    const plan = planFor({
      handler: code,
      reader: READER,
      logger: '() => { log.push(0); }',
      flush: '() => log.splice(0)',
    });
    expect(lockedIn(plan)).toEqual(expected);
  });

  test('leaves those as they are who access nothing else', () => {
    const plan = planFor({
      handler: 'async () => { const n = stock; await pause(1); stock = n - 1; log.push(n); }',
      logger: '() => { log.push(0); }',
    });
    expect(handlerOf(plan, 'logger')).toMatchObject({ protection: 'untouched', reason: 'atomic-by-itself' });
    expect(handlerOf(plan, 'handler').classes).toEqual([{ class: 'main.js#stock', mode: 'exclusive' }]);
  });

  test('keeps the section open until then', () => {
    const plan = planFor({
      handler:
        'async () => {\nconst n = stock;\nawait pause(1);\nstock = n - 1;\nawait pause(1);\nlog.push(n);\nawait pause(1);\n}',
      logger: '() => { log.push(0); }',
    });
    const lines = SHARED.split('\n').length;
    expect(handlerOf(plan, 'handler').bounds).toMatchObject({
      kind: 'body',
      enters: [{ line: lines + 1 }],
      leaves: [{ line: lines + 6 }],
    });
  });

  test('is a class of its own, apart from what the same handlers hold', () => {
    const plan = planFor({
      handler: 'async () => { const n = stock; await pause(1); sold += 1; stock = n - 1; }',
      reader: '() => [stock, sold]',
    });
    expect(plan.classes.map(({ name, locked }) => [name, locked])).toEqual([
      ['main.js#sold', false],
      ['main.js#stock', true],
    ]);
  });
});

test('a section that began by reading writes from there on', () => {
  const plan = planFor({
    handler:
      'async () => {\nconst n = stock;\nawait pause(1);\nlog.push(n);\nawait pause(1);\nstock = n - 1;\n}',
    reader: 'async () => { const n = stock; await pause(1); return n + stock; }',
    logger: '() => { log.push(0); }',
  });
  const lines = SHARED.split('\n').length;
  expect(lockedIn(plan)).toEqual(['stock']);
  expect(handlerOf(plan, 'handler').bounds).toMatchObject({ writes: [{ line: lines + 3 }] });
});

test('there is none where code outside may call handlers in the middle of a section', () => {
  const plan = planFor({
    handler: 'async next => { const n = stock; await next(); stock = n; log.push(n); }',
    logger: '() => { log.push(0); }',
  });
  expect(lockedIn(plan)).toEqual(['log[]', 'stock']);
});

describe('an entry with a fresh key is not held', () => {
  const heldOf = (code: string): string[] | undefined => {
    const plan = planFor({
      handler: code,
      other: 'async id => { const n = map.get(id); await pause(1); map.set(id, n); }',
      logger: '() => { log.push(0); }',
    });
    expect(lockedIn(plan)).not.toContain('log[]');
    return handlerOf(plan, 'handler')
      .classes.find(held => held.class === 'main.js#map[]')
      ?.keys?.map(textOf);
  };
  test('in the segment of what is momentary', () => {
    expect(
      heldOf(
        'async () => { const n = stock; await pause(1); stock = n; const id = randomUUID(); map.set(id, n); log.push(n); }',
      ),
    ).toEqual([]);
  });
  test('not so before it, as others may learn of it', () => {
    expect(
      heldOf(
        'async () => { const n = stock; const id = randomUUID(); map.set(id, n); await pause(1); stock = n; log.push(n); }',
      ),
    ).toBeUndefined();
  });
});
