/**
 * A guarded section, or gate, that waits for its turn.
 *
 * The code that waits is a suspended function, so all that is kept of it is how to wake it. Where several runs of a
 * handler that do not conflict wait one behind the other, they wait for one promise: all of them are woken at the
 * same moment anyway, and in the same order.
 */
import {
  announceEntry,
  announceRelease,
  announceStart,
  runNumbers,
  startedChannel,
  waitsAreHeard,
} from './channels.js';
import type { Handler } from './handler.js';
import type { Keys } from './keys.js';
import type { Lock } from './lock.js';
import type { Mode } from './modes.js';
import { runReadyNow } from './ready.js';
import { LateRequest, type Owner, type Request, SoleRequest } from './request.js';
import type { Section } from './section.js';
import { startOfWait } from './waited-for.js';
import {
  announceStepWait,
  announceWait,
  pendingPromise,
  type Resolve,
  resolveOfLatest,
  type Successor,
  WaitingCall,
} from './waiting-call.js';
import { stopListening } from './waiting-limits.js';

/** How a wait stands, for the section whose wait it is. */
export interface Turn {
  /** Undefined while it lasts; afterwards whether what was waited for is held. */
  isHeld: boolean | undefined;
}

const settled = Promise.resolve();

/** Queues a run that has to wait. The promise must be awaited at once. */
export function waitForTurn(
  handler: Handler,
  keys: Keys | null,
  signal: AbortSignal | undefined,
  section: Section | undefined,
): Promise<void> {
  handler.waits++;
  const { single } = handler;
  const isNumbered = section !== undefined || handler.gate;
  if (handler.isLate) {
    const promise = pendingPromise();
    const waiting = new LateGuard(handler, keys, resolveOfLatest());
    if (section !== undefined) section.wait = waiting;
    waiting.join();
    announceWait(waiting, handler, signal, isNumbered);
    return promise as Promise<void>;
  }
  if (keys === null && single !== null) {
    if (!handler.excludesItself && signal === undefined && !waitsAreHeard()) {
      const joined = joinLast(handler, single);
      if (section !== undefined) section.wait = joined;
      return joined.promise as Promise<void>;
    }
    const promise = pendingPromise();
    const waiting = new SoleGuard(handler, resolveOfLatest());
    if (section !== undefined) section.wait = waiting;
    single.append(waiting);
    announceWait(waiting, handler, signal, isNumbered);
    return promise as Promise<void>;
  }
  const promise = pendingPromise();
  const waiting = new PlacedGuard(handler, keys, resolveOfLatest());
  if (section !== undefined) section.wait = waiting;
  waiting.lineUp();
  announceWait(waiting, handler, signal, isNumbered);
  return promise as Promise<void>;
}

/**
 * Queues a later step of a section that is open. The promise must be awaited at once.
 * @param goesFirst before all who hold nothing, and not in line with them
 * @param run the number of the run, if it has one
 */
export function waitForStep(
  handler: Handler,
  keys: Keys | null,
  goesFirst: boolean,
  step: { wait: Turn | undefined },
  run: number | undefined,
): Promise<void> {
  handler.waits++;
  const promise = pendingPromise();
  let waiting: LateGuard | StepGuard;
  if (goesFirst) {
    waiting = new LateGuard(handler, keys, resolveOfLatest());
    waiting.join();
  } else {
    waiting = new StepGuard(handler, resolveOfLatest());
    waiting.lock.append(waiting);
  }
  step.wait = waiting;
  announceStepWait(waiting, handler, run);
  return promise as Promise<void>;
}

/** Waits with those who wait at the end of the queue, if they are of the same handler and came by the same clock. */
function joinLast(handler: Handler, lock: Lock): SharedGuard {
  const { last } = lock;
  if (last instanceof SharedGuard && last.needs === handler && last.since === startOfWait()) {
    last.size++;
    lock.join(last);
    return last;
  }
  const promise = pendingPromise();
  const waiting = new SharedGuard(handler, resolveOfLatest(), promise);
  lock.append(waiting);
  return waiting;
}

class SoleGuard extends SoleRequest<Handler> implements Turn, Successor {
  declare private readonly resolve: Resolve;
  declare isHeld: boolean | undefined;

  constructor(handler: Handler, resolve: Resolve) {
    super(handler, startOfWait());
    this.resolve = resolve;
    this.isHeld = undefined;
  }

  grant(): void {
    this.needs.take();
    this.inherit();
  }

  inherit(): void {
    this.lock.remove(this);
    stopListening(this);
    this.isHeld = true;
    wake(this, this.needs, null, this.resolve);
  }

  fail(error: unknown): void {
    this.isHeld = false;
    this.resolve(Promise.reject(error));
  }

  describe(): string {
    return this.needs.id;
  }
}

/** A later step of a section that is open. */
class StepGuard extends SoleGuard {
  get holdsSomething(): true {
    return true;
  }
}

/** Several runs of one handler. */
class SharedGuard extends SoleRequest<Handler> implements Turn {
  declare private readonly resolve: Resolve;
  declare readonly promise: Promise<unknown>;
  declare private runs: number;
  declare isHeld: boolean | undefined;

  constructor(handler: Handler, resolve: Resolve, promise: Promise<unknown>) {
    super(handler, startOfWait());
    this.resolve = resolve;
    this.promise = promise;
    this.runs = 1;
    this.isHeld = undefined;
  }

  override get size(): number {
    return this.runs;
  }

  override set size(runs: number) {
    this.runs = runs;
  }

  grant(): void {
    for (let i = 0; i < this.runs; i++) this.needs.take();
    this.leave();
    this.isHeld = true;
    wake(this, this.needs, null, this.resolve);
  }

  override leave(): void {
    this.lock.remove(this, this.runs);
  }

  fail(error: unknown): void {
    this.isHeld = false;
    this.resolve(Promise.reject(error));
  }

  describe(): string {
    return this.runs === 1 ? this.needs.id : `${this.needs.id} (${this.runs} calls)`;
  }
}

/** One that needs several locks. */
class PlacedGuard extends WaitingCall implements Turn {
  isHeld: boolean | undefined = undefined;

  protected proceed(): void {
    this.isHeld = true;
    wake(this, this.handler, this.keys, this.resolve);
  }

  override fail(error: unknown): void {
    this.isHeld = false;
    super.fail(error);
  }
}

/** Who holds something already, of which nothing is known here. Each is another one. */
class Stranger implements Owner {
  ownMode(): Mode {
    return 0;
  }
  extraMode(): Mode {
    return 0;
  }
  setExtraMode(): void {}
}

/**
 * One whose caller, or whose section, may hold other classes. If it stood behind those who hold nothing, one of them could be waiting for its
 * caller. It holds its classes as any run of its handler does, and gives them back by itself.
 */
class LateGuard extends LateRequest implements Turn {
  isHeld: boolean | undefined = undefined;

  constructor(
    private readonly handler: Handler,
    private readonly keys: Keys | null,
    private readonly resolve: Resolve,
  ) {
    super(new Stranger(), claimsOf(handler, keys), startOfWait());
  }

  grant(): void {
    this.handler.takeAll(this.keys);
    this.leave();
    stopListening(this);
    this.isHeld = true;
    wake(this, this.handler, this.keys, this.resolve);
  }

  fail(error: unknown): void {
    this.isHeld = false;
    this.resolve(Promise.reject(error));
  }

  describe(): string {
    return this.handler.id;
  }
}

function claimsOf({ locks, modes }: Handler, keys: Keys | null): Map<Lock, Mode> {
  const claims = new Map(locks.map((lock, index) => [lock, modes[index] as Mode]));
  for (const { lock, mode } of keys ?? []) claims.set(lock, mode);
  return claims;
}

/** The bodies go on in microtasks of their own; what they need is held until then. */
function wake(request: Request, handler: Handler, keys: Keys | null, resolve: Resolve): void {
  const runs = request.size;
  handler.runs += runs;
  let run: number | undefined;
  if (startedChannel.hasSubscribers) {
    run = runNumbers.get(request);
    if (run !== undefined) announceStart(handler, run);
    // Of a step whose section has no number nobody could tell what it belongs to.
    else if (handler.step === 0) for (let i = 0; i < runs; i++) announceEntry(handler, undefined);
  }
  resolve(undefined);
  if (handler.gate) settled.then(() => passed(handler, keys, runs, run));
}

/** The segments behind a gate have run: microtasks run in order, and their own were queued first. */
function passed(handler: Handler, keys: Keys | null, runs: number, run: number | undefined): void {
  // Several have no keys.
  for (let i = 0; i < runs; i++) handler.dropAll(keys);
  for (let i = 0; i < runs; i++) announceRelease(handler.id, run);
  handler.advanceAll(keys);
  runReadyNow();
}
