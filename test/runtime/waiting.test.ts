/**
 * How a wait ends otherwise than by its turn, and what is said about one that lasts.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { configure, floating, guard, type StallMessage, schedule } from '../../runtime/index.js';
import { freshClass, idle, leftovers, occasion } from './occasions.js';

afterEach(async () => {
  configure({ stallAfter: 5000, onDeadlock: 'proceed', trace: false });
  jest.restoreAllMocks();
  await idle();
  expect(leftovers()).toEqual([]);
});

function hold(name: string, kind: 'shared' | 'exclusive' = 'exclusive') {
  const door = occasion();
  const done = schedule('holder', () => door.promise, { [kind]: [name] })();
  return {
    release: () => {
      door.resolve();
      return done;
    },
  };
}

describe('a timeout', () => {
  test('rejects calls that have waited too long, and lets those behind them go on', async () => {
    const name = freshClass();
    configure({ classes: { [name]: { timeout: 30 } } });
    const holder = hold(name, 'shared');
    const write = schedule('write', () => 'written', { exclusive: [name] })() as unknown as Promise<string>;
    const reading = sleep(20).then(() => schedule('read', () => 'read', { shared: [name] })());
    await expect(write).rejects.toMatchObject({
      code: 'ERR_ANYSPEED_TIMEOUT',
      message: expect.stringContaining(name) as unknown as string,
    });
    // It waited behind the writer only.
    expect(await reading).toBe('read');
    await holder.release();
    configure({ classes: { [name]: { timeout: 0 } } });
  });
});

describe('the time that a call has waited', () => {
  test('does not count the time before, in which nobody waited', async () => {
    const name = freshClass();
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    configure({ stallAfter: 150, classes: { [name]: { timeout: 200 } } });
    const work = schedule('work', () => sleep(60), { exclusive: [name] });
    const own = guard('guarded', { exclusive: [name] });
    const inBody = async () => {
      const waiting = own.enter();
      if (waiting !== undefined) await waiting;
      own.leave();
    };
    await Promise.all([work(), work(), inBody()]);
    // Long enough for the look at the queues to be given up.
    await sleep(400);
    await Promise.all([work(), work(), inBody()]);
    expect(warning).not.toHaveBeenCalled();
    configure({ classes: { [name]: { timeout: 0 } } });
  });
});

describe('a queue limit', () => {
  test('rejects the call that would exceed it', async () => {
    const name = freshClass();
    configure({ classes: { [name]: { queueLimit: 1 } } });
    const holder = hold(name);
    const write = schedule('write', () => 'written', { exclusive: [name] });
    const first = write();
    await expect(write()).rejects.toMatchObject({ code: 'ERR_ANYSPEED_QUEUE_FULL' });
    await expect(guard('guard', { exclusive: [name] }).enter()).rejects.toMatchObject({
      code: 'ERR_ANYSPEED_QUEUE_FULL',
    });
    await holder.release();
    expect(await first).toBe('written');
  });
});

describe('an abort signal', () => {
  test('takes a waiting call out of the queue, and not one that runs', async () => {
    const name = freshClass();
    const holder = hold(name);
    const write = schedule(
      'write',
      async (_signal: AbortSignal) => {
        await idle();
        return 'written';
      },
      { exclusive: [name], signal: (signal: AbortSignal) => signal },
    );
    const [aborted, running] = [new AbortController(), new AbortController()];
    const reason = new Error('gone');
    const first = write(aborted.signal);
    const second = write(running.signal);
    aborted.abort(reason);
    await expect(first).rejects.toBe(reason);
    await expect(write(AbortSignal.abort(reason))).rejects.toBe(reason);
    await holder.release();
    running.abort();
    expect(await second).toBe('written');
  });
});

describe('a stall', () => {
  test('is reported once with both sides, and again when it ends', async () => {
    const name = freshClass();
    configure({ stallAfter: 40 });
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const messages: StallMessage[] = [];
    const listen = (message: unknown) => {
      messages.push(message as StallMessage);
    };
    subscribe('anyspeed:stalled', listen);
    const work = occasion();
    configure({ trace: true });
    const holding = schedule(
      'slow',
      async () => {
        floating(work.promise);
      },
      { exclusive: [name] },
    )();
    const waiting = ['a', 'b'].map(id => schedule(id, () => id, { exclusive: [name] })());
    await sleep(200);
    expect(messages).toEqual([
      {
        lock: name,
        waiter: 'a',
        mode: 'exclusive',
        milliseconds: expect.any(Number),
        ended: false,
        holders: [
          {
            handler: 'slow',
            running: 1,
            lastSeen: [expect.stringMatching(/^waits for a floating promise at .*waiting\.test\.ts/)],
          },
        ],
        queue: ['a', 'b'],
      },
    ]);
    expect(warning).toHaveBeenCalledTimes(1);
    const [text, options] = warning.mock.lastCall as unknown as [string, { code: string; detail: string }];
    expect(text).toMatch(/^a has waited for .* \(exclusive\) for \d+ ms/);
    expect(options).toMatchObject({
      code: 'ANYSPEED_STALLED',
      detail: expect.stringMatching(
        /held by slow \(1 running\).*\n.*waiting: a\n.*waiting: b\n.*anyspeed explain ".*" shows/,
      ) as unknown as string,
    });
    work.resolve();
    await Promise.all([holding, ...waiting]);
    await sleep(100);
    unsubscribe('anyspeed:stalled', listen);
    expect(messages[1]).toMatchObject({ waiter: 'a', ended: true });
    expect(messages).toHaveLength(2);
  });
});

describe('settings', () => {
  test('are checked', () => {
    expect(() => configure(null as never)).toThrow(/settings must be an object/);
    expect(() => configure({ stall: 1 } as never)).toThrow(/"stall"/);
    expect(() => configure({ stallAfter: -1 })).toThrow(/`stallAfter`/);
    expect(() => configure({ onDeadlock: 'x' as never })).toThrow(/"proceed" or "reject"/);
    expect(() => configure({ trace: 1 as never })).toThrow(/`trace`/);
    expect(() => configure({ classes: { x: { timeout: 'soon' as never } } })).toThrow(/`timeout` of class x/);
  });

  test('a deadlock may be rejected instead', async () => {
    configure({ onDeadlock: 'reject' });
    jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const [a, b] = [freshClass(), freshClass()];
    const go = occasion();
    const inner = (name: string) => schedule(`inner ${name}`, async () => name, { exclusive: [name] });
    const outer = (mine: string, other: string) =>
      schedule(
        'outer',
        async () => {
          await go.promise;
          return inner(other)();
        },
        { exclusive: [mine], carriesTask: true },
      )();
    const both = [outer(a, b), outer(b, a)];
    go.resolve();
    const results = await Promise.allSettled(both);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const failed = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(failed.reason).toMatchObject({ code: 'ERR_ANYSPEED_DEADLOCK' });
  });
});
