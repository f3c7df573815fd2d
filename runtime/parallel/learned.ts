/**
 * What is known of one function, and what is decided by it: does a call run in place, or in another thread?
 *
 * For this thread a call in place costs `here` (how long it runs), one in the pool `crossing` (copying, sending, receiving). A call
 * in the pool also takes longer by `trip`, the way there and back, if nothing else is to be done meanwhile. It runs in the pool when
 *
 *     here > 2 * crossing   and   here > trip
 *
 * and what was decided stays until it is wrong by a quarter. So whatever would have been better is at most two and a half times as good,
 * in the time of this thread, in that of all cores together, and in the time to the answer: in place, `here` is at most
 * 2.5 times `crossing` or 1.25 times `trip`; in the pool, `here + crossing` is at most 1.7 times `here`, and `here + trip` at most 2.25 times.
 * Trying the pool again adds a hundredth.
 *
 * No clock is read here: all times are handed in, in milliseconds.
 */
import { Estimate } from './estimate.js';
import { SIZE_CLASSES } from './size-class.js';

export interface Baseline {
  /** What crossing costs this thread at least, and what an answer is late at least. */
  crossing: number;
  trip: number;
}

/** Until it has been measured. */
const TYPICAL: Baseline = { crossing: 0.02, trip: 0.1 };

export type Place = 'here' | 'pool';

/** As a part of what has been spent, what trying the other place may cost. */
const EXPLORING = 1 / 100;
/** Below so many milliseconds, nothing is said of how many times as long something takes. */
const LEAST = 0.01;
/** How much of it is forgotten with each run in the pool. */
const FADING = 1 / 64;
/** A decision changes only if it is wrong by so much: the estimates move all the time. */
const RELUCTANCE = 1.25;

/** For arguments of similar size. */
export class LearnedOfSize {
  readonly here = new Estimate();
  readonly pool = new Estimate();
  readonly crossing = new Estimate();
  /** What copying the results takes this thread. */
  readonly results = new Estimate();
  /** How many times as long it takes here as in the pool. */
  readonly slower = new Estimate();
  runsHere = 0;
  runsInPool = 0;
  place: Place = 'pool';
  /** What has been spent in place since the pool was last tried. */
  #spent = 0;

  /** How long a call would take in this thread, as far as that is known. */
  get expected(): number | undefined {
    if (this.place === 'here' && this.here.isKnown) return this.here.value;
    if (!this.pool.isSettled) return this.here.isKnown ? this.here.value : undefined;
    return this.pool.value * (this.slower.isKnown ? this.slower.value : 1);
  }

  crossingCost(baseline: Baseline = TYPICAL): number {
    return Math.max(this.crossing.value + this.results.value, baseline.crossing);
  }

  decide(baseline: Baseline = TYPICAL): Place {
    const { expected } = this;
    if (expected === undefined) return this.place;
    const crossing = this.crossingCost(baseline);
    const limit = Math.max(2 * crossing, baseline.trip);
    if (this.place === 'pool') {
      if (expected * RELUCTANCE < limit) {
        this.place = 'here';
        // What was seen of the other place is old.
        this.here.restart(expected);
      }
    } else if (expected > limit * RELUCTANCE) {
      this.place = 'pool';
      this.pool.restart(expected);
    }
    if (this.place === 'pool') return 'pool';
    if (crossing + baseline.trip > this.#spent * EXPLORING) return 'here';
    // What crossing costs may have changed. What it takes in place is seen by every run of it.
    this.#spent = 0;
    return 'pool';
  }

  ranHere(time: number): void {
    this.runsHere++;
    this.tookHere(time);
  }

  /** A run whose time was not taken. */
  ranHereUntimed(): void {
    this.runsHere++;
    this.#spent += this.here.value;
  }

  tookHere(time: number): void {
    // Warm code in the pool tells more than the first run of code that is cold here.
    if (!this.here.isKnown && this.pool.isSettled) this.here.add(Math.min(time, this.pool.value));
    else this.here.add(time);
    // Otherwise nothing has been seen of the pool for long.
    if (this.place === 'pool' && this.pool.isSettled)
      this.slower.add(Math.max(time, LEAST) / Math.max(this.pool.value, LEAST));
    this.#spent += time;
  }

  /**
   * @param time in the worker
   * @param crossing what sending took this thread
   * @param copying what copying the result there and back takes, if that was found out
   */
  ranInPool(time: number, crossing: number, copying: number | undefined): void {
    this.runsInPool++;
    this.pool.add(time);
    // What was seen here fades, or nothing would be tried here again.
    if (this.slower.isKnown) this.slower.value += (1 - this.slower.value) * FADING;
    this.crossing.add(crossing);
    if (copying !== undefined) this.results.add(copying / 2);
  }
}

export class Learned {
  readonly sizes: (LearnedOfSize | undefined)[] = new Array(SIZE_CLASSES).fill(undefined);

  ofSize(size: number): LearnedOfSize {
    const known = this.sizes[size];
    if (known !== undefined) return known;
    const learned = new LearnedOfSize();
    // What is brief for larger arguments is so for smaller ones.
    if (this.sizes.some((other, index) => index > size && other?.place === 'here')) learned.place = 'here';
    this.sizes[size] = learned;
    return learned;
  }
}
