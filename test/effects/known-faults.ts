/**
 * What the analysis gets wrong today, by program, with the cause in a line. A test fails as soon as a program
 * that is listed comes out right, so that the lists can only shrink.
 */

/** Races that the plan lets through. */
export const MISSED_RACES: Readonly<Record<string, string>> = {
  'commonjs/module-children': '`require.cache` leads nowhere',
  'handlers/accessor-is-handler': 'accessors and constructors that code outside calls are no handlers',
};

/** Handlers of the soundness suite that wait where they need not. */
export const NEEDLESS_WAITS: Readonly<Record<string, string>> = {};

/** Programs without a conflict in which something is locked all the same. */
export const NEEDLESS_LOCKS: Readonly<Record<string, string>> = {
  'distinct/factory-products': 'factories without closures have one product for all callers',
  'sync/lru-by-hand': 'what a task stores of its input is taken to be shared before it is stored',
  'sync/map-check-then-set': 'what a task stores of its input is taken to be shared before it is stored',
  'sync/write-only-log': 'what a task stores of its input is taken to be shared before it is stored',
};

/** Races that the plan knows of, and that the code which follows it does not prevent: the audit finds them. */
export const AUDIT_FINDINGS: Readonly<Record<string, string>> = {
  'operators/computed-member':
    'none: an object as the name of a property is audited as all of them, and a task holds the one that it means',
  'promises/resolve-later':
    'none: a task that stands aside for another is audited as one, and lets that come in between as it must',
  'operators/proxy-set':
    'traps of proxies are not found to be called; what they write is known by other ways',
};
