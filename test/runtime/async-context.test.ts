import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test } from '@jest/globals';
import { schedule } from '../../runtime/index.js';
import { freshClass, idle, occasion } from './occasions.js';

test('a call that waited finds the stores of its own caller, before and after its first await', async () => {
  const storage = new AsyncLocalStorage<string>();
  const name = freshClass();
  const seen: unknown[] = [];
  const door = occasion();
  const holding = schedule('holding', () => door.promise, { exclusive: [name] });
  const see = schedule(
    'see',
    async (id: string) => {
      const before = storage.getStore();
      await idle();
      seen.push([id, before, storage.getStore()]);
    },
    { exclusive: [name] },
  );
  const all = [
    storage.run('holder', () => holding()),
    storage.run('a', () => see('a')),
    see('none'),
    storage.run('b', () => see('b')),
  ];
  storage.run('opener', () => door.resolve());
  await Promise.all(all);
  expect(seen).toEqual([
    ['a', 'a', 'a'],
    ['none', undefined, undefined],
    ['b', 'b', 'b'],
  ]);
});

test('the caller goes on in its own context', async () => {
  const storage = new AsyncLocalStorage<string>();
  const name = freshClass();
  const handler = schedule('handler', () => idle(), { exclusive: [name] });
  const seen = await Promise.all(
    ['a', 'b', 'c'].map(id =>
      storage.run(id, async () => {
        await handler();
        return storage.getStore();
      }),
    ),
  );
  expect(seen).toEqual(['a', 'b', 'c']);
});
