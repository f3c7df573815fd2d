/**
 * What is measured: each form of the runtime, and each library, on each workload that it can do.
 *
 * A batch runs many calls, and four handlers take turns in it, as in a server several do: with one function only,
 * the engine would inline it into the loop, and everything else would look slow beside that. The async handlers
 * suspend once, as every section does: one that does not suspend is atomic by itself and needs no lock.
 */

import AsyncLock from 'async-lock';
import { Mutex as AsyncMutex } from 'async-mutex';
import { Sema } from 'async-sema';
import { Mutex as ToolkitMutex } from 'es-toolkit';
import pLimit from 'p-limit';
import PQueue from 'p-queue';
import { begin, guard, schedule } from '../../dist/esm/runtime.js';

/** Calls in one batch of calls that do not wait. */
const TURNS = 1000;
/** Calls in one batch of sync ones: many, or more would be measured of the clock and of the batch than of them. */
const SYNC_TURNS = 20_000;
/** Calls that are queued at once. */
const QUEUED = 1000;
/** Calls that are queued for each key. */
const DEPTH = 100;

/** @typedef {() => unknown} Call */
/** @typedef {{ workload: string, subject: string, target?: number, isWithoutLock?: boolean, calls: number, batch: () => Promise<unknown> }} Case */

/** @param {unknown} result */
const suspending = result => async () => {
  await undefined;
  return result;
};
const handlers = [1, 2, 3, 4].map(suspending);
const syncHandlers = [() => 1, () => 2, () => 3, () => 4];

/** @param {Call[]} calls each of four is awaited in turn */
function inTurn([a, b, c, d]) {
  return async () => {
    for (let i = 0; i < TURNS; i += 4) {
      await a();
      await b();
      await c();
      await d();
    }
  };
}

/** @param {Call} call starts one call after the other without awaiting any */
function atOnce(call) {
  return async () => {
    const all = new Array(QUEUED);
    for (let i = 0; i < QUEUED; i++) all[i] = call();
    await Promise.all(all);
  };
}

/** What comes without any lock: as many calls, all suspended on one promise, that go on together. */
const NO_LOCK = 'no lock, all suspended';

function openTogether() {
  let waiting = 0;
  /** @type {Promise<void> | undefined} */
  let door;
  return async () => {
    if (waiting++ === 0) {
      door = new Promise(resolve => {
        setImmediate(resolve);
      });
    }
    await door;
    await undefined;
    waiting--;
    return 1;
  };
}

/** A guard that can do nothing but exclude one handler from itself: what a queue of promises costs at the least. */
function smallestGuard() {
  /** @typedef {{ resolve: () => void, next: Waiter | null }} Waiter */
  /** @type {Waiter | null} */
  let first = null;
  /** @type {Waiter | null} */
  let last = null;
  let isHeld = false;
  /** @type {() => void} */
  let resolve;
  const keepResolve = (/** @type {() => void} */ made) => {
    resolve = made;
  };
  const enter = () => {
    if (!isHeld) {
      isHeld = true;
      return undefined;
    }
    const promise = new Promise(keepResolve);
    /** @type {Waiter} */
    const waiter = { resolve, next: null };
    if (last === null) first = waiter;
    else last.next = waiter;
    last = waiter;
    return promise;
  };
  const leave = () => {
    const waiter = first;
    if (waiter === null) {
      isHeld = false;
      return;
    }
    first = waiter.next;
    if (first === null) last = null;
    waiter.resolve();
  };
  return async () => {
    const waiting = enter();
    if (waiting !== undefined) await waiting;
    try {
      await undefined;
      return 1;
    } finally {
      leave();
    }
  };
}

let classes = 0;
const freshClass = () => {
  classes++;
  return `class ${classes}`;
};

/** @param {import('../../dist/esm/runtime.js').Needs} needs */
const scheduled = needs => handlers.map((fn, i) => schedule(`handler ${freshClass()} ${i}`, fn, needs));

/** A section in the body of a handler, as the compiler emits it. @param {import('../../dist/esm/runtime.js').Needs} needs */
function compiled(needs) {
  return handlers.map((_, i) => {
    const own = guard(`compiled ${freshClass()} ${i}`, needs);
    return async () => {
      const section = begin(own);
      if (section.enter()) await section.turn;
      try {
        await undefined;
        return i;
      } finally {
        section.leave();
      }
    };
  });
}

/** The guard form of a handler, as one writes it by hand. @param {import('../../dist/esm/runtime.js').Needs} needs */
function guarded(needs) {
  return handlers.map((_, i) => {
    const own = guard(`guarded ${freshClass()} ${i}`, needs);
    return async () => {
      const waiting = own.enter();
      if (waiting !== undefined) await waiting;
      try {
        await undefined;
        return i;
      } finally {
        own.leave();
      }
    };
  });
}

/** The guard form of a handler that needs one key, which is its argument. */
function guardedByKey() {
  const own = guard('by key', { keyed: [{ class: freshClass(), mode: 'exclusive', keys: () => [] }] });
  /** @param {unknown} key */
  return async key => {
    const lock = own.key(key);
    const waiting = own.enterKey(lock);
    if (waiting !== undefined) await waiting;
    try {
      await undefined;
      return 1;
    } finally {
      own.leaveKey(lock);
    }
  };
}

const keys = Array.from({ length: 1000 }, (_, i) => `key ${i}`);

/** @param {(key: string) => unknown} call */
const everyKeyInTurn = call => async () => {
  for (const key of keys) await call(key);
};

/** Everything is queued before anything runs. @param {(key: string) => unknown} call */
const everyKeyQueued = call => async () => {
  const all = [];
  for (let i = 0; i < DEPTH; i++) for (const key of keys) all.push(call(key));
  await Promise.all(all);
};

/** The same calls, ten keys after ten, so that as many wait at once as in the workload of one class. */
const tenKeysQueued = (/** @type {(key: string) => unknown} */ call) => async () => {
  for (let from = 0; from < keys.length; from += 10) {
    const all = [];
    for (let i = 0; i < DEPTH; i++)
      for (let k = from; k < from + 10; k++) all.push(call(/** @type {string} */ (keys[k])));
    await Promise.all(all);
  }
};

const writeRarely = (/** @type {Call} */ read, /** @type {Call} */ write) => {
  let i = 0;
  return () => {
    i++;
    return i % 10 === 0 ? write() : read();
  };
};

const sixteen = Array.from({ length: 16 }, freshClass);
const readWrite = freshClass();
const [reader] = scheduled({ shared: [readWrite] });
const [writer] = scheduled({ exclusive: [readWrite] });
const [oneClass] = scheduled({ exclusive: [freshClass()] });
const [oneGuard] = guarded({ exclusive: [freshClass()] });
const byKey = schedule('keyed', handlers[0], {
  keyed: [{ class: freshClass(), mode: 'exclusive', keys: (/** @type {unknown} */ key) => [key] }],
});
const guardByKey = guardedByKey();
const own = 'anyspeed';

/** @param {{ gate?: boolean }} options four sync handlers, each called in turn */
function inTurnSync(options) {
  const [a, b, c, d] = syncHandlers.map((fn, i) =>
    schedule(`sync ${freshClass()} ${i}`, fn, { exclusive: [freshClass()], ...options }),
  );
  return async () => {
    for (let i = 0; i < SYNC_TURNS; i += 4) {
      a();
      b();
      c();
      d();
    }
  };
}

/** @param {typeof inTurn} run */
function readWriteGuarded(run) {
  const name = freshClass();
  const [read] = guarded({ shared: [name] });
  const [write] = guarded({ exclusive: [name] });
  return run(handlers.map(() => writeRarely(read, write)));
}

function lockByKey() {
  const lock = new AsyncLock({ maxPending: Number.POSITIVE_INFINITY });
  return (/** @type {string} */ key) => lock.acquire(key, handlers[0]);
}

function mutexByKey() {
  /** @type {Map<string, AsyncMutex>} */
  const locks = new Map();
  return (/** @type {string} */ key) => {
    let lock = locks.get(key);
    if (lock === undefined) {
      lock = new AsyncMutex();
      locks.set(key, lock);
    }
    return lock.runExclusive(handlers[0]);
  };
}

/** How each library calls a function under a mutual exclusion of its own. */
const libraries = {
  'async-sema': () => {
    const lock = new Sema(1);
    return async (/** @type {() => Promise<unknown>} */ fn) => {
      await lock.acquire();
      try {
        return await fn();
      } finally {
        lock.release();
      }
    };
  },
  'es-toolkit Mutex': () => {
    const lock = new ToolkitMutex();
    return async (/** @type {() => Promise<unknown>} */ fn) => {
      await lock.acquire();
      try {
        return await fn();
      } finally {
        lock.release();
      }
    };
  },
  'async-lock': () => {
    const lock = new AsyncLock({ maxPending: Number.POSITIVE_INFINITY });
    return (/** @type {() => Promise<unknown>} */ fn) => lock.acquire('key', fn);
  },
  'p-limit': () => {
    const limit = pLimit(1);
    return (/** @type {() => Promise<unknown>} */ fn) => limit(fn);
  },
  'p-queue': () => {
    const queue = new PQueue({ concurrency: 1 });
    return (/** @type {() => Promise<unknown>} */ fn) => queue.add(fn);
  },
  'async-mutex': () => {
    const lock = new AsyncMutex();
    return (/** @type {() => Promise<unknown>} */ fn) => lock.runExclusive(fn);
  },
  ...(globalThis.navigator?.locks === undefined
    ? {}
    : {
        'Web Locks': () => {
          const name = freshClass();
          return (/** @type {() => Promise<unknown>} */ fn) => navigator.locks.request(name, fn);
        },
      }),
};

/** The baseline of all ratios. @type {Case} */
export const bare = { workload: 'bare `await fn()`', subject: '', calls: TURNS, batch: inTurn(handlers) };

/** @type {Case[]} */
export const cases = [
  {
    workload: 'uncontended async',
    subject: `${own}, schedule`,
    target: 1.8,
    calls: TURNS,
    batch: inTurn(handlers.map((fn, i) => schedule(`handler ${i}`, fn, { exclusive: [freshClass()] }))),
  },
  {
    workload: 'uncontended async',
    subject: `${own}, guard`,
    target: 1.15,
    calls: TURNS,
    batch: inTurn(guarded({ exclusive: [freshClass()] })),
  },
  {
    workload: 'uncontended async',
    subject: `${own}, compiled`,
    target: 1.15,
    calls: TURNS,
    batch: inTurn(compiled({ exclusive: [freshClass()] })),
  },
  ...Object.entries(libraries).map(([subject, make]) => {
    const call = make();
    return {
      workload: 'uncontended async',
      subject,
      calls: TURNS,
      batch: inTurn(handlers.map(fn => () => call(fn))),
    };
  }),
  {
    workload: 'uncontended sync',
    subject: `${own}, schedule`,
    target: 0.1,
    calls: SYNC_TURNS,
    batch: inTurnSync({}),
  },
  {
    workload: 'uncontended sync',
    subject: `${own}, gate`,
    target: 0.1,
    calls: SYNC_TURNS,
    batch: inTurnSync({ gate: true }),
  },
  {
    workload: '1,000 contended',
    subject: NO_LOCK,
    isWithoutLock: true,
    calls: QUEUED,
    batch: atOnce(openTogether()),
  },
  {
    workload: '1,000 contended',
    subject: `${own}, schedule`,
    target: 2.0,
    calls: QUEUED,
    batch: atOnce(oneClass),
  },
  {
    workload: '1,000 contended',
    subject: `${own}, guard`,
    target: 2.0,
    calls: QUEUED,
    batch: atOnce(oneGuard),
  },
  {
    workload: '1,000 contended',
    subject: `${own}, compiled`,
    target: 2.0,
    calls: QUEUED,
    batch: atOnce(compiled({ exclusive: [freshClass()] })[0]),
  },
  {
    workload: '1,000 contended',
    subject: 'smallest guard possible',
    calls: QUEUED,
    batch: atOnce(smallestGuard()),
  },
  ...Object.entries(libraries).map(([subject, make]) => {
    const call = make();
    return { workload: '1,000 contended', subject, calls: QUEUED, batch: atOnce(() => call(handlers[0])) };
  }),
  {
    workload: '1,000 keys in turn',
    subject: `${own}, guard`,
    target: 1.6,
    calls: keys.length,
    batch: everyKeyInTurn(guardByKey),
  },
  {
    workload: '1,000 keys in turn',
    subject: `${own}, schedule`,
    calls: keys.length,
    batch: everyKeyInTurn(byKey),
  },
  {
    workload: '1,000 keys in turn',
    subject: 'async-lock',
    calls: keys.length,
    batch: everyKeyInTurn(lockByKey()),
  },
  {
    workload: '1,000 keys in turn',
    subject: 'Map of async-mutex',
    calls: keys.length,
    batch: everyKeyInTurn(mutexByKey()),
  },
  ...[
    { workload: '1,000 keys, 100 deep', queued: everyKeyQueued },
    { workload: '... 10 keys at a time', queued: tenKeysQueued },
  ].flatMap(({ workload, queued }) => [
    {
      workload,
      subject: NO_LOCK,
      isWithoutLock: true,
      calls: keys.length * DEPTH,
      batch: queued(openTogether()),
    },
    {
      workload,
      subject: `${own}, guard`,
      target: 2.5,
      calls: keys.length * DEPTH,
      batch: queued(guardByKey),
    },
    {
      workload,
      subject: `${own}, schedule`,
      calls: keys.length * DEPTH,
      batch: queued(byKey),
    },
    { workload, subject: 'async-lock', calls: keys.length * DEPTH, batch: queued(lockByKey()) },
  ]),
  {
    workload: '90 % readers',
    subject: `${own}, schedule`,
    calls: TURNS,
    batch: inTurn(handlers.map(() => writeRarely(reader, writer))),
  },
  {
    workload: '90 % readers',
    subject: `${own}, guard`,
    target: 1.3,
    calls: TURNS,
    batch: readWriteGuarded(inTurn),
  },
  {
    workload: '90 % readers, contended',
    subject: `${own}, schedule`,
    target: 2.2,
    calls: QUEUED,
    batch: atOnce(writeRarely(reader, writer)),
  },
  {
    workload: '90 % readers, contended',
    subject: `${own}, guard`,
    target: 2.2,
    calls: QUEUED,
    batch: readWriteGuarded(([call]) => atOnce(call)),
  },
  {
    workload: '16 classes',
    subject: `${own}, schedule`,
    calls: TURNS,
    batch: inTurn(scheduled({ exclusive: sixteen })),
  },
  {
    workload: '16 classes',
    subject: `${own}, guard`,
    target: 1.5,
    calls: TURNS,
    batch: inTurn(guarded({ exclusive: sixteen })),
  },
];
