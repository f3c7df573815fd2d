/**
 * What the analysis gets wrong today, by program, with the cause in a line. A test fails as soon as a program
 * that is listed comes out right, so that the lists can only shrink.
 */

/** Races that the plan lets through. */
export const MISSED_RACES: Readonly<Record<string, string>> = {
  'callbacks/callback-object': 'a callback that unknown code may call later is a task of its own only',
  'callbacks/unknown-later': 'a callback that unknown code may call later is a task of its own only',
  'classes/extends-builtin': 'methods of a built-in superclass are not found',
  'collections/array-like-call': 'built-in prototypes are no objects',
  'commonjs/module-children': '`require.cache` leads nowhere',
  'dynamic/indirect-eval': 'code in a string is taken to leave the global object alone',
  'dynamic/new-function': 'code in a string is taken to leave the global object alone',
  'events/class-emitter': 'methods of a built-in superclass are not found',
  'events/inherits-emitter': 'methods of a built-in superclass are not found',
  'functions/call-of-call': 'built-in prototypes are no objects',
  'globals/app-locals': 'properties of modelled objects that no model names hold nothing',
  'globals/request-app': 'properties of modelled objects that no model names hold nothing',
  'objects/to-json': 'implicit conversions call nothing',
  'operators/has-instance': 'implicit conversions call nothing',
  'operators/to-primitive': 'implicit conversions call nothing',
  'operators/to-string': 'implicit conversions call nothing',
  'operators/value-of': 'implicit conversions call nothing',
  'outside/kept-object': 'a package is taken to touch what it was handed at that call only',
  'promises/with-resolvers': 'Promise.withResolvers is not modelled',
  'prototypes/extended-builtin': 'built-in prototypes are no objects',
};

/** Handlers of the soundness suite that wait where they need not. */
export const NEEDLESS_WAITS: Readonly<Record<string, string>> = {};

/** Programs without a conflict in which something is locked all the same. */
export const NEEDLESS_LOCKS: Readonly<Record<string, string>> = {
  'distinct/events': 'all events of an emitter that a module keeps are taken for one',
  'distinct/factory-products': 'factories without closures have one product for all callers',
  'sync/lru-by-hand': 'what a task stores of its input is taken to be shared before it is stored',
  'sync/map-check-then-set': 'what a task stores of its input is taken to be shared before it is stored',
  'sync/write-only-log': 'what a task stores of its input is taken to be shared before it is stored',
};
