/**
 * In which order, and where, calls run that are worth another thread. Knows no pool and no clock: both are handed in.
 *
 * - A worker that has nothing to do gets the next call at once.
 * - When all of them are busy, this thread does the next call itself, if it is known to be brief: one in each turn of the event
 *   loop, so that whatever else has happened is served in between.
 * - A worker gets calls ahead only when this thread is about to be busy and could not answer it otherwise, and never behind a
 *   call that may take long: calls would wait there while other workers are idle.
 * - Everything else waits here, first come first served, where it can be given up.
 */

export interface QueuedCall {
  /** How long it is expected to run, in milliseconds; undefined: not known. */
  readonly expected: number | undefined;
  /** Whether it may run in this thread. */
  readonly mayRunHere: boolean;
  /** It has to wait: it keeps what it needs as that is now. False if it cannot; then it is over. */
  keep(): boolean;
  /** Hands it to the pool. The promise is fulfilled when the worker is free again, whatever has become of the call. */
  cross(): Promise<void>;
  /** Runs it in this thread. */
  runHere(): void;
}

export interface QueueOptions {
  /** How many workers there are. */
  readonly size: number;
  /** The longest that a call may take to count as brief, in milliseconds. */
  readonly longestInPlace: number;
  /** Has something done when the event loop has seen to everything else. */
  afterOthers(run: () => void): void;
}

/**
 * How many calls a worker has at most, the running one included. With one ahead it would be idle at the end of each turn of this thread, which
 * also serves what both have done.
 */
export const MOST_OF_WORKER = 3;

export class Queue {
  readonly #waiting = new Set<QueuedCall>();
  readonly #options: QueueOptions;
  #crossed = 0;
  /** How many calls in the pool are not known to be brief. */
  #long = 0;
  #isAwake = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** How many calls the workers have. */
  get crossed(): number {
    return this.#crossed;
  }

  add(call: QueuedCall): void {
    if (this.#crossed < this.#options.size && this.#waiting.size === 0) {
      this.#cross(call);
      return;
    }
    if (!call.keep()) return;
    this.#waiting.add(call);
    this.#wake();
  }

  /** Gives up a call that waits. */
  remove(call: QueuedCall): boolean {
    return this.#waiting.delete(call);
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#options.afterOthers(() => {
      this.#isAwake = false;
      this.#turn();
    });
  }

  /** Gives to idle workers, and does one call here if there is more. */
  #turn(): void {
    this.#feed(this.#options.size);
    const here = this.#nextHere();
    if (here === undefined) return;
    this.#waiting.delete(here);
    if (this.#long === 0) {
      // The last ones are better left to this thread's next turn.
      const ahead = this.#waiting.size > this.#options.size * 2 ? MOST_OF_WORKER : MOST_OF_WORKER - 1;
      this.#feed(this.#options.size * ahead, true);
    }
    here.runHere();
    if (this.#waiting.size > 0) this.#wake();
  }

  /** Hands calls to the pool until it has so many. */
  #feed(count: number, onlyBrief = false): void {
    for (const call of this.#waiting) {
      if (this.#crossed >= count) return;
      if (onlyBrief && !this.#isBrief(call)) continue;
      this.#waiting.delete(call);
      this.#cross(call);
    }
  }

  #nextHere(): QueuedCall | undefined {
    for (const call of this.#waiting) if (call.mayRunHere && this.#isBrief(call)) return call;
    return undefined;
  }

  #isBrief({ expected }: QueuedCall): boolean {
    return expected !== undefined && expected <= this.#options.longestInPlace;
  }

  #cross(call: QueuedCall): void {
    const isLong = !this.#isBrief(call);
    this.#crossed++;
    if (isLong) this.#long++;
    call.cross().then(() => {
      this.#crossed--;
      if (isLong) this.#long--;
      this.#feed(this.#options.size);
      // By now it may be known that they are brief.
      if (this.#waiting.size > 0) this.#wake();
    });
  }
}
