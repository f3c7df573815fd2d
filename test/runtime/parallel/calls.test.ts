/**
 * Calls that run in real workers: arguments, results, code.
 */
import { readFileSync } from 'node:fs';
import { inspect as show } from 'node:util';
import { threadId } from 'node:worker_threads';
import { afterAll, expect, test } from '@jest/globals';
import { close, configure, inspect, moving, parallel } from '../../../runtime/parallel/index.js';
import { freshId, inWorkers } from './in-workers.js';

declare const require: NodeJS.Require;

afterAll(close);

test('a call runs in another thread, and the same one inline does not', async () => {
  const where = () => require('node:worker_threads').threadId;
  expect(await inWorkers('where', where)()).not.toBe(threadId);
  const here = inWorkers('here', () => threadId, { mode: 'inline' });
  expect(await here()).toBe(threadId);
});

test('the source is compiled once for each worker, and resolves from where it is said to', async () => {
  const id = freshId('counted');
  configure({ functions: { [id]: 'pool' } });
  const source = `let calls = 0; require('piscina'); return () => ++calls;`;
  const counted = parallel(id, () => 0, { source, from: import.meta.url });
  const { size } = inspect().pool ?? { size: 1 };
  const counts = [];
  for (let call = 0; call < 4 * size; call++) counts.push(await counted());
  expect(counts.filter(count => count === 1).length).toBeLessThanOrEqual(size);
});

test('what structured clones keep is kept, and buffers and objects without prototype are, too', async () => {
  const look = inWorkers('look', (value: unknown) => {
    const { inspect } = require('node:util');
    return [inspect(value, { depth: 5, sorted: true }), value];
  });
  const shared = { name: 'shared' };
  const value = {
    list: [1, 'two', null, undefined, 3n, Number.NaN, -0],
    map: new Map<unknown, unknown>([[shared, new Set([shared])]]),
    date: new Date(0),
    pattern: /a+/giu,
    bytes: new Uint16Array([1, 2, 3]),
    buffer: Buffer.from('pooled'),
    bare: Object.assign(Object.create(null), { constructor: 1 }),
    match: /(?<first>a)/.exec('ba'),
    error: Object.assign(new RangeError('kept'), { code: 'E_KEPT' }),
  };
  const [seen, back] = (await look(value)) as [string, typeof value];
  const expected = show(value, { depth: 5, sorted: true });
  expect(seen.replace(/\n +at .*/g, '')).toBe(expected.replace(/\n +at .*/g, ''));
  expect(Buffer.isBuffer(back.buffer)).toBe(true);
  expect(back.buffer.toString()).toBe('pooled');
  expect(Object.getPrototypeOf(back.bare)).toBeNull();
  expect((back.error as Error & { code: string }).code).toBe('E_KEPT');
  const [[key, set]] = back.map as unknown as [[object, Set<object>]];
  expect(set.has(key)).toBe(true);
});

test('memory of arguments is moved where the call is done with it, and nowhere else', async () => {
  const length = inWorkers('length', (...buffers: Uint8Array[]) => buffers.map(buffer => buffer.length));
  const first = moving(length, 0);
  expect(moving(length, 0)).toBe(first);
  expect(moving(length, 1)).not.toBe(first);
  const [moved, kept] = [new Uint8Array(1000), new Uint8Array(1000)];
  expect(await first(moved, kept)).toEqual([1000, 1000]);
  expect([moved.byteLength, kept.byteLength]).toEqual([0, 1000]);
  // The memory of what is also in another argument, a part of a memory, and shared memory stay.
  const both = new Uint8Array(10);
  const pooled = Buffer.from('pooled');
  const large = new Uint8Array(100);
  const part = large.subarray(10, 20);
  const shared = new Uint8Array(new SharedArrayBuffer(10));
  expect(await first(both, both)).toEqual([10, 10]);
  expect(await first(pooled)).toEqual([6]);
  expect(await first(part)).toEqual([10]);
  expect(await first(shared)).toEqual([10]);
  expect([both.length, pooled.toString(), large.length, shared.length]).toEqual([10, 'pooled', 100, 10]);
  expect(Buffer.from('another')).toHaveLength(7);
  // The same memory twice in one argument is moved once.
  const twice = inWorkers('twice', (list: Uint8Array[]) => list.map(one => one.length));
  const memory = new ArrayBuffer(8);
  expect(await moving(twice, 0)([new Uint8Array(memory), new Uint8Array(memory)])).toEqual([8, 8]);
  expect(memory.byteLength).toBe(0);
});

test('memory that cannot be moved is copied', async () => {
  const length = inWorkers('length', (bytes: Uint8Array) => bytes.length);
  const { markAsUntransferable } = await import('node:worker_threads');
  const bytes = new Uint8Array(100);
  markAsUntransferable(bytes.buffer);
  expect(await moving(length, 0)(bytes)).toBe(100);
  expect(bytes).toHaveLength(100);
});

test('an async function is awaited in the worker', async () => {
  const read = inWorkers('read', async (path: string) => {
    const { readFile } = require('node:fs/promises');
    return readFile(path, 'utf8');
  });
  const path = new URL(import.meta.url).pathname;
  expect(await read(path)).toBe(readFileSync(path, 'utf8'));
});

test('the function keeps its name and length, and `this` is not carried', async () => {
  const named = inWorkers('named', function (this: unknown, _one: number, _two: number) {
    return this === undefined || this === globalThis;
  });
  expect([named.name, named.length]).toEqual(['named', 2]);
  expect(await named.call({}, 1, 2)).toBe(true);
});
