/**
 * Update mode: from reading to writing within one section.
 *
 * There is one update holder of a class or key at most, so it is known who asks without asking for its task. It
 * waits until the readers beside it have left; new ones are kept out from then on, or it could wait for ever.
 */
import { invalidArgument } from './errors.js';
import { type Handler, handlersThatRun } from './handler.js';
import type { Lock } from './lock.js';
import { keysOfClass, lockOfClass } from './lock-table.js';
import { EXCLUSIVE, INTENT_EXCLUSIVE, type Mode, UPDATE } from './modes.js';
import { places } from './request.js';
import { runningTask, Task } from './task.js';
import { LateWait } from './wait-for-graph.js';

/**
 * Goes on from update to exclusive on a class, or on one key of it, before the first write. Returns nothing if that
 * is done; or else a promise that must be awaited first.
 */
export function upgrade(className: string, ...key: [] | [key: unknown]): undefined | Promise<void> {
  const running = runningTask();
  const ofClass = lockOfClass(className);
  if (key.length === 0) return upgradeClass(ofClass, running);
  const lock = keysOfClass(className).lockOf(key[0]);
  if (lock.held & EXCLUSIVE) return undefined;
  const { updater } = lock;
  if (!(lock.held & UPDATE) || updater === null) {
    throw invalidArgument('The key of an upgrade', `one that is held in update mode`, key[0]);
  }
  return new Upgrade(
    new Map([
      [ofClass, INTENT_EXCLUSIVE],
      [lock, EXCLUSIVE],
    ]),
    updater as Task,
    true,
  ).start();
}

function upgradeClass(lock: Lock, running: Task | null): undefined | Promise<void> {
  lock.watch();
  try {
    if (lock.held & EXCLUSIVE) return undefined;
    if (!(lock.held & UPDATE)) {
      throw invalidArgument('The class of an upgrade', 'one that is held in update mode', lock.className);
    }
    const hasTask = running !== null && (running.modesOn(lock) & UPDATE) !== 0;
    const owner = hasTask ? running : new Task(updatingHandler(lock));
    return new Upgrade(new Map([[lock, EXCLUSIVE]]), owner, hasTask).start();
  } finally {
    lock.unwatch();
  }
}

/**
 * The same for the run of `handler` that is open, on all classes that it holds in update mode: one of them suffices to
 * exclude any other run of it. Not with keys: several runs hold keys, and which ones, the handler does not say.
 *
 * @throws if it holds single keys in update mode
 */
export function upgradeRun(handler: Handler): undefined | Promise<void> {
  const keyed = handler.keyed.find(({ mode }) => mode === UPDATE);
  if (keyed) throw invalidArgument('The class of an upgrade', 'one that is held as a whole', keyed.class);
  const needed = handler.locks.filter((_, index) => handler.modes[index] === UPDATE);
  for (const lock of needed) lock.watch();
  const isFree = needed.every(lock => lock.held === UPDATE && lock.late === null);
  if (isFree) {
    // Given back together with the update hold.
    for (const lock of needed) {
      lock.take(EXCLUSIVE);
      lock.isUpgraded = true;
    }
    return undefined;
  }
  const waiting = new Upgrade(
    new Map(needed.map(lock => [lock, EXCLUSIVE])),
    new Task(handler),
    false,
  ).start();
  for (const lock of needed) lock.unwatch();
  return waiting;
}

/** The handler whose run holds a class in update mode: there is one. */
function updatingHandler(lock: Lock): Task['handler'] {
  for (const handler of handlersThatRun()) {
    if (handler.modes[handler.locks.indexOf(lock)] === UPDATE) return handler;
  }
  throw invalidArgument('The class of an upgrade', "one that the task's handler needs", lock.className);
}

/** An upgrade that may have to wait. */
class Upgrade extends LateWait {
  private resolve!: (value: undefined | Promise<never>) => void;

  constructor(
    needed: ReadonlyMap<Lock, Mode>,
    owner: Task,
    /** Whether the owner is the task itself, or only stands for one that could not be found. */
    private readonly isOwnTask: boolean,
  ) {
    super(owner, needed);
  }

  get handler(): { readonly id: string } {
    return this.owner.handler;
  }

  start(): undefined | Promise<void> {
    this.join();
    if (this.isGrantable()) {
      this.take();
      return undefined;
    }
    this.startWaiting();
    const promise = new Promise<void>(resolve => {
      this.resolve = resolve;
    });
    this.recheck();
    return promise;
  }

  override take(): void {
    if (this.isOwnTask) {
      super.take();
      return;
    }
    for (const { lock, mode } of places(this)) {
      // Given back together with the update hold, which says who the holder is.
      lock.watch();
      lock.take(mode);
      lock.isUpgraded = true;
    }
    this.leave();
  }

  protected goOn(): void {
    this.stopWaiting();
    this.resolve(undefined);
  }

  fail(error: unknown): void {
    this.stopWaiting();
    this.resolve(Promise.reject(error));
  }

  override describe(): string {
    return `${this.handler.id} (to write what it has read)`;
  }
}
