/**
 * What the analysis gets wrong today, by program, with the cause in a line. A test fails as soon as a program
 * that is listed comes out right, so that the lists can only shrink.
 */

/** Races that the plan lets through. */
export const MISSED_RACES: Readonly<Record<string, string>> = {
  'accessors/define-property-getter': 'accessors that defineProperty defines are never called',
  'accessors/define-property-setter': 'accessors that defineProperty defines are never called',
  'accessors/object-assign-calls-setter': 'Object.assign calls no accessors',
  'classes/extends-builtin': 'methods of a built-in superclass are not found',
  'functions/call-of-call': 'built-in prototypes are no objects',
  'prototypes/extended-builtin': 'built-in prototypes are no objects',
  'this/sloppy-this': 'the `this` of a plain call of a sloppy function is not seen',
};

/** Handlers of the soundness suite that wait where they need not. */
export const NEEDLESS_WAITS: Readonly<Record<string, string>> = {};

/** Programs without a conflict in which something is locked all the same. */
export const NEEDLESS_LOCKS: Readonly<Record<string, string>> = {};
