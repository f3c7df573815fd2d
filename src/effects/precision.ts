/**
 * How exactly a program is analysed, and when it takes too long to be analysed so exactly.
 *
 * Most programs need little work for each of their operations, and are analysed as exactly as the analysis can. Where nearly
 * every value may be nearly every object, exactness multiplies what cannot be told apart anyway: so when the work goes over a
 * bound, all is begun anew with less of it. What is left out decides only how much is told apart, never what is seen: every
 * constraint of an exact analysis holds in a coarse one, with one thing in the place of several, so that what the exact one finds
 * the coarse one finds as well. It makes more handlers wait, and the plan says so.
 */

export interface Precision {
  name: 'exact' | 'callers-together' | 'tangled';
  /** Whether functions are analysed anew for some of their callers and receivers. */
  hasContexts: boolean;
  /** What holds more objects than this holds the tangle in their place (`tangle.ts`); null where there is none. */
  width: number | null;
  /** The work that may be done, counted as the solver does. */
  work: Bound;
  /** The touches of operations that are listed object by object; of more, whole bunches of objects count as one. */
  touches: Bound;
  /** An operation that touches more objects than this does not tell them apart, if there are too many touches. */
  bunch: number;
}

/** So much, and so much more for each operation of the program. */
export interface Bound {
  base: number;
  perOperation: number;
}

export const limitOf = ({ base, perOperation }: Bound, operations: number): number =>
  base + perOperation * operations;

export const EXACT: Precision = {
  name: 'exact',
  hasContexts: true,
  width: null,
  work: { base: 500_000, perOperation: 250 },
  touches: { base: 400_000, perOperation: 15 },
  bunch: 12,
};

/**
 * Every function is analysed once for all its callers and receivers in each activation around it. It gets less work than an exact
 * analysis has had in vain: what it can do at all, it does with a fraction.
 */
export const CALLERS_TOGETHER: Precision = {
  ...EXACT,
  name: 'callers-together',
  hasContexts: false,
  work: { base: 250_000, perOperation: 100 },
};

/** What a variable holds is told apart only where it is little. */
export const TANGLED: Precision = {
  ...CALLERS_TOGETHER,
  name: 'tangled',
  width: 12,
  work: { base: 10_000_000, perOperation: 1000 },
};

/** From the most exact to the coarsest; each is tried when the one before has taken too much work. */
export const PRECISIONS: readonly Precision[] = [EXACT, CALLERS_TOGETHER, TANGLED];
