/**
 * What the analysis gets wrong today, by program, with the cause in a line. A test fails as soon as a program
 * that is listed comes out right, so that the lists can only shrink.
 */

/** Races that the plan lets through. */
export const MISSED_RACES: Readonly<Record<string, string>> = {
  'objects/to-json': 'implicit conversions call nothing',
  'operators/has-instance': 'implicit conversions call nothing',
  'operators/to-primitive': 'implicit conversions call nothing',
  'operators/to-string': 'implicit conversions call nothing',
  'operators/value-of': 'implicit conversions call nothing',
  'prototypes/extended-builtin': 'built-in prototypes are no objects',
  'this/sloppy-this': 'the `this` of a plain call of a sloppy function is not seen',
};

/** Handlers of the soundness suite that wait where they need not. */
export const NEEDLESS_WAITS: Readonly<Record<string, string>> = {};

/** Programs without a conflict in which something is locked all the same. */
export const NEEDLESS_LOCKS: Readonly<Record<string, string>> = {};
