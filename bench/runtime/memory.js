/**
 * What waiting calls weigh, whether a queue drains in time linear in its length, and whether the heap stays flat
 * under load.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { begin, guard, inspect, schedule } from '../../dist/esm/runtime.js';

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

/** @typedef {{ form: string, count: number, bytes: number, nanoseconds: number, text: string }} Weight */

/** The heap of a queued task and the time to drain, for queues of two lengths. @returns {Promise<Weight[]>} */
export async function weighQueues() {
  const suspended = await weighSuspendedCall();
  const own = guard('guarded', { exclusive: ['guard'] });
  const inBody = guard('compiled', { exclusive: ['compiled'] });
  const calls = {
    schedule: schedule('waiting', async () => 1, { exclusive: ['schedule'] }),
    guard: async () => {
      const waiting = own.enter();
      if (waiting !== undefined) await waiting;
      own.leave();
    },
    compiled: async () => {
      const section = begin(inBody);
      if (section.enter()) await section.turn;
      section.leave();
    },
  };
  const weights = [];
  for (const [form, call] of Object.entries(calls)) {
    for (const count of [10_000, 100_000]) {
      const { bytes, nanoseconds } = await fill(form, call, count);
      // A call that is not suspended but queued does not exist yet.
      const above = form === 'schedule' ? '' : ` (${(bytes - suspended).toFixed(0)} above a suspended call)`;
      const text = `${form.padEnd(9)} ${String(count).padStart(7)} queued: ${bytes.toFixed(0)} bytes each${above}, drained in ${nanoseconds.toFixed(0)} ns each`;
      weights.push({ form, count, bytes, nanoseconds, text });
    }
  }
  return weights;
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

/** How much the heap may grow from the second fifth of the time to the last. */
const MAY_GROW = 1.1;

/**
 * Runs contended calls in all forms, keys that are never seen again, nested calls and waits that are given up, at full
 * load, and prints the heap. Returns whether it has stayed flat, and nothing is held or waited for at the end.
 * @param {number} seconds
 */
export async function soak(seconds) {
  const inner = schedule('inner', async () => 1, { shared: ['soak b'] });
  const outer = schedule('outer', async () => Promise.all([inner(), inner()]), { exclusive: ['soak a'] });
  const keyed = schedule('keyed', async (/** @type {unknown} */ _key) => 1, {
    keyed: [{ class: 'soak keys', mode: 'exclusive', keys: (/** @type {unknown} */ key) => [key] }],
  });
  const impatient = schedule('impatient', async (/** @type {AbortSignal} */ _signal) => 1, {
    exclusive: ['soak a'],
    signal: (/** @type {AbortSignal} */ signal) => signal,
  });
  const forms = [guard('reader', { shared: ['soak c'] }), guard('writer', { exclusive: ['soak c'] })];
  const inSection = async (/** @type {import('../../dist/esm/runtime.js').Guard} */ own) => {
    const section = begin(own);
    if (section.enter()) await section.turn;
    try {
      await undefined;
    } finally {
      section.leave();
    }
  };
  const start = performance.now();
  const end = start + seconds * 1000;
  const heaps = [];
  let calls = 0;
  while (performance.now() < end) {
    for (let batch = 0; batch < 20; batch++) {
      const abort = new AbortController();
      const all = [];
      for (let i = 0; i < 250; i++) {
        all.push(outer(), keyed(`key ${calls + i}`), keyed({}));
        for (const own of forms) all.push(inSection(own));
      }
      for (let i = 0; i < 5; i++) all.push(impatient(abort.signal).catch(() => undefined));
      abort.abort();
      await Promise.all(all);
      calls += all.length;
    }
    if (performance.now() < start + (heaps.length * seconds * 1000) / 10) continue;
    heaps.push(heap());
    console.log(
      `${(calls / 1e6).toFixed(1)} million calls, heap ${((heaps.at(-1) ?? 0) / 1e6).toFixed(1)} MB`,
    );
  }
  const [early, late] = [average(heaps.slice(2, 4)), average(heaps.slice(-2))];
  const left = inspect().classes.filter(
    ({ held, waiting }) => Object.keys(held).length > 0 || waiting.length > 0,
  );
  const isFlat = late <= early * MAY_GROW;
  console.log(
    `${(calls / seconds / 1e6).toFixed(2)} million calls a second; the heap ${isFlat ? 'stayed flat' : 'has grown'}: ${(early / 1e6).toFixed(1)} MB early, ${(late / 1e6).toFixed(1)} MB at the end; ${left.length} classes held or waited for.`,
  );
  return isFlat && left.length === 0;
}

/** @param {number[]} values */
function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
