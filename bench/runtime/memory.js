/**
 * What waiting calls weigh, whether a queue drains in time linear in its length, and whether the heap stays flat
 * under load.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { guard, schedule } from '../../dist/esm/runtime.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const heap = () => {
  collect();
  return process.memoryUsage().heapUsed;
};

/** @param {string} name @param {() => Promise<unknown>} call @param {number} count */
async function fill(name, call, count) {
  /** @type {() => void} */
  let open = () => undefined;
  const door = new Promise(resolve => {
    open = () => resolve(undefined);
  });
  const holding = schedule(`holder of ${name}`, () => door, { exclusive: [name] })();
  const waiting = new Array(count).fill(undefined);
  const before = heap();
  for (let i = 0; i < count; i++) waiting[i] = call();
  const bytes = (heap() - before) / count;
  const start = performance.now();
  open();
  await holding;
  await Promise.all(waiting);
  return { bytes, nanoseconds: ((performance.now() - start) * 1e6) / count };
}

/** Prints the heap of a queued task and the time to drain for queues of two lengths. */
export async function measureQueue() {
  const suspended = await weighSuspendedCall();
  const own = guard('guarded', { exclusive: ['guard'] });
  const calls = {
    schedule: schedule('waiting', async () => 1, { exclusive: ['schedule'] }),
    guard: async () => {
      const waiting = own.enter();
      if (waiting !== undefined) await waiting;
      own.leave();
    },
  };
  console.log(`a suspended call without any lock: ${suspended.toFixed(0)} bytes`);
  for (const [name, call] of Object.entries(calls)) {
    for (const count of [10_000, 100_000]) {
      const { bytes, nanoseconds } = await fill(name, call, count);
      console.log(
        `${name.padEnd(9)} ${String(count).padStart(7)} queued: ${bytes.toFixed(0)} bytes each, drained in ${nanoseconds.toFixed(0)} ns each`,
      );
    }
  }
}

async function weighSuspendedCall() {
  const count = 100_000;
  const door = Promise.resolve().then(() => new Promise(resolve => setTimeout(resolve, 200)));
  const call = async () => {
    await door;
  };
  const waiting = new Array(count).fill(undefined);
  const before = heap();
  for (let i = 0; i < count; i++) waiting[i] = call();
  const bytes = (heap() - before) / count;
  await Promise.all(waiting);
  return bytes;
}

/** Runs contended calls, keys that are never seen again, and nested calls, and prints the heap. @param {number} seconds */
export async function soak(seconds) {
  const inner = schedule('inner', async () => 1, { shared: ['soak b'] });
  const outer = schedule('outer', async () => Promise.all([inner(), inner()]), { exclusive: ['soak a'] });
  const keyed = schedule('keyed', async (/** @type {unknown} */ _key) => 1, {
    keyed: [{ class: 'soak keys', mode: 'exclusive', keys: (/** @type {unknown} */ key) => [key] }],
  });
  const end = performance.now() + seconds * 1000;
  let calls = 0;
  let next = 0;
  while (performance.now() < end) {
    for (let batch = 0; batch < 20; batch++) {
      const all = [];
      for (let i = 0; i < 500; i++) all.push(outer(), keyed(`key ${calls + i}`), keyed({}));
      await Promise.all(all);
      calls += all.length;
    }
    if (performance.now() < next) continue;
    next = performance.now() + (seconds * 1000) / 10;
    console.log(`${(calls / 1e6).toFixed(1)} million calls, heap ${(heap() / 1e6).toFixed(1)} MB`);
  }
}
