import { afterEach, expect, test } from '@jest/globals';
import { floating, schedule } from '../../runtime/index.js';
import { freshClass, idle, leftovers, occasion } from './occasions.js';

afterEach(async () => {
  await idle();
  expect(leftovers()).toEqual([]);
});

test('a floating promise keeps the task open until it has settled, either way', async () => {
  for (const outcome of ['resolve', 'reject'] as const) {
    const name = freshClass();
    const door = occasion();
    const log: string[] = [];
    const outer = schedule(
      'outer',
      async () => {
        floating(door.promise).catch(() => log.push('caught'));
      },
      { exclusive: [name] },
    );
    await outer();
    const other = schedule(
      'other',
      () => {
        log.push('other');
      },
      { exclusive: [name] },
    )();
    await idle();
    expect(log).toEqual([]);
    door[outcome](undefined as never);
    await other;
    expect(log).toContain('other');
  }
});

test('a thenable that is no promise is not followed: that might start it', () => {
  let started = false;
  const start = () => {
    started = true;
  };
  const query = Object.fromEntries([['then', start]]);
  let returned: unknown;
  schedule(
    'outer',
    () => {
      returned = floating(query);
    },
    { exclusive: [freshClass()] },
  )();
  expect(returned).toBe(query);
  expect(started).toBe(false);
});
