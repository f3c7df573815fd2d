/** Work on shared state that nobody waits for, and calls that look alike. */
import { describe, expect, test } from '@jest/globals';
import { planOf } from '../models/analyzed.js';
import { found } from './found.js';

const STORE = `const carts = new Map();
const save = async id => { await null; carts.set(id, 1); };
`;
const inStore = (code: string): string[] => found(planOf(STORE + code));

describe('floating work', () => {
  test('is a call whose promise is dropped', () => {
    expect(inStore('export async function add(id) { save(id); return carts.size; }')).toEqual([
      'floating-work app.js:3:32',
    ]);
  });

  test('is found behind a condition, and in what the handler calls', () => {
    expect(inStore('const touch = id => { id && save(id); };\nexport const add = id => touch(id);')).toEqual([
      'floating-work app.js:3:28',
    ]);
  });

  test('names what it works on', () => {
    const [diagnostic] = planOf(`${STORE}export const add = id => { save(id); };`).diagnostics;
    expect(diagnostic?.message).toBe('Nobody waits for what `save` does to `app.js#carts[]`.');
    expect(diagnostic?.severity).toBe('warning');
  });

  test.each([
    ['is awaited', 'export const add = async id => { await save(id); };'],
    ['is returned', 'export const add = id => save(id);'],
    ['is kept', 'export const add = async id => { const p = save(id); carts.get(id); await p; };'],
    ['is gathered', 'export const add = async id => { await Promise.all([save(id)]); };'],
    ['is said to be meant so', 'export const add = id => { void save(id); };'],
    ['handles its errors', 'export const add = id => { save(id).catch(() => {}); };'],
  ])('is none when the promise %s', (_, code) => {
    expect(inStore(code)).toEqual([]);
  });

  test('is the innermost call whose promise is dropped, not a call that leads there', () => {
    expect(inStore('const touch = id => { save(id); };\nexport const add = id => { touch(id); };')).toEqual([
      'floating-work app.js:3:22',
    ]);
  });

  test.each([
    [
      'nothing after its first suspension',
      'const put = async id => { carts.set(id, 1); await null; };\nexport const add = id => { put(id); };',
    ],
    [
      'only what belongs to the request',
      'const put = async r => { await null; r.x = 1; };\nexport const add = r => { put(r); };',
    ],
  ])('is none when it touches %s', (_, code) => {
    expect(inStore(code)).toEqual([]);
  });
});

describe('dropped promises', () => {
  test('are those of an async callback of a built-in that forgets them', () => {
    expect(
      inStore('export const addAll = ids => { ids.forEach(async id => { await save(id); }); };'),
    ).toEqual(['dropped-promises app.js:3:31']);
  });

  test('are those of a callback that is declared elsewhere', () => {
    expect(inStore('export const addAll = list => { list.forEach(save); };')).toEqual([
      'dropped-promises app.js:3:32',
    ]);
  });

  test('are no error of `map`, which hands them on', () => {
    expect(inStore('export const addAll = ids => Promise.all(ids.map(save));')).toEqual([]);
    expect(inStore('export const addAll = ids => { ids.map(save); };')).toEqual([
      'floating-work app.js:3:31',
    ]);
  });

  test('are none of callbacks that are not async', () => {
    expect(inStore('export const addAll = ids => { ids.forEach(id => { carts.set(id, 1); }); };')).toEqual(
      [],
    );
  });

  test('are none of listeners, which are handlers of their own', () => {
    expect(
      inStore(
        "import { EventEmitter } from 'node:events';\nconst bus = new EventEmitter();\nbus.on('add', save);\nexport const add = id => { bus.emit('add', id); };",
      ),
    ).toEqual([]);
  });
});
