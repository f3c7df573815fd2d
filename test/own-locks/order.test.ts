/** Where a lock of the program's own is not relied on, classes are taken before it: in one order by all. */
import { expect, test } from '@jest/globals';
import type { SectionBounds } from '../../src/plan/plan.js';
import { planOf } from '../models/analyzed.js';

const IMPORTS = `import { Mutex } from 'async-mutex';
const lock = new Mutex();
const pause = async () => {};
let n = 0;
`;

function boundsOf(code: string): Map<string, SectionBounds | null> {
  const { handlers } = planOf(IMPORTS + code);
  return new Map(handlers.map(({ id, bounds }) => [id.replace('app.js#', ''), bounds]));
}

test('a handler that takes a lock by itself holds its classes from the call', () => {
  const bounds = boundsOf(`export async function add() {
    const release = await lock.acquire();
    const s = n;
    await pause();
    n = s + 1;
    release();
  }
  export async function other() {
    const s = n;
    await lock.runExclusive(pause);
    n = s + 1;
  }`);
  expect(bounds.get('add')).toEqual({ kind: 'whole', reason: 'takes-lock' });
  // Its section begins before the call that waits for the lock.
  expect(bounds.get('other')).toMatchObject({ kind: 'body', enters: [{ line: 13 }] });
});

test('a handler that takes a lock by itself does not leave its section to another', () => {
  const bounds = boundsOf(`export async function step() { const s = n; await pause(); n = s + 1; }
  export async function add() {
    const release = await lock.acquire();
    await step();
    release();
  }`);
  expect(bounds.get('add')).toEqual({ kind: 'whole', reason: 'takes-lock' });
});

test('a section begins before the lock that its accesses are made under', () => {
  const bounds = boundsOf(`export async function add() {
    await pause();
    await lock.runExclusive(async () => { const s = n; await pause(); n = s + 1; });
    await lock.runExclusive(() => { n += 1; });
  }`);
  expect(bounds.get('add')).toMatchObject({ kind: 'body', enters: [{ line: 7 }] });
});

test('who may hold such a lock takes nothing in a later step: others wait for it with classes in hands', () => {
  const growing = (between: string): string => `let m = 0;
  export async function count() { const s = n; await pause(); n = s + 1; }
  export async function other() { const s = m; await pause(); m = s + 1; }
  export async function add() {
    n++;
    const started = ${between};
    await pause();
    m++;
    await started;
    n++;
    m++;
  }`;
  expect(boundsOf(growing('pause()')).get('add')).toMatchObject({ grows: [[{ line: 12 }]] });
  expect(boundsOf(growing('lock.runExclusive(pause)')).get('add')).not.toHaveProperty('grows');
});
