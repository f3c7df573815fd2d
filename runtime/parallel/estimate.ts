/**
 * What something takes, learned from samples of which some are far off: the first ones (the code is not compiled yet), and those that a
 * collection of garbage or another process falls into.
 */

/** Of so many first samples the least counts. */
const FIRST = 3;
const WEIGHT = 1 / 8;
/** A sample counts as no more than so many times what was expected: a real change is followed within a few samples. */
const LARGEST_STEP = 4;

export class Estimate {
  samples = 0;
  value = 0;

  add(sample: number): void {
    this.samples++;
    if (this.samples === 1) this.value = sample;
    else if (this.samples <= FIRST) this.value = Math.min(this.value, sample);
    else this.value += (Math.min(sample, this.value * LARGEST_STEP) - this.value) * WEIGHT;
  }

  /** What was learned is worth no more than one sample of `value`. */
  restart(value: number): void {
    this.samples = 1;
    this.value = value;
  }

  get isKnown(): boolean {
    return this.samples > 0;
  }

  /** Whether the first samples are over. */
  get isSettled(): boolean {
    return this.samples >= FIRST;
  }
}
