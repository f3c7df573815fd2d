/**
 * Effect models: what functions that are not part of the program do with what they are handed.
 *
 * A model speaks of *places*: `this`, `arg0`, `arg1+` (that argument and all after it), `return`, followed by
 * any number of steps: `[]` what is stored under unknown keys, `<keys>` the keys that are objects,
 * `<settled>` what a promise settles with, `<iterated>` what iterating gives, `.name` a property, `*` every
 * property, `**` everything reachable. `primitive` stands for an argument that is no object, `settle` for the functions
 * that settle the promise a model returns. `@name` is a store outside the process that is shared by all, such as the files.
 */

export type Place = string;

/** When a function that is handed over is called. */
export type CallTime =
  /** During the call, any number of times, before it returns. */
  | 'now'
  /** Once or never, in a later segment of the same task: reactions and error-first callbacks. */
  | 'continuation'
  /** By a timer, as a task of its own. */
  | 'timer'
  /** On events, as a task of its own. */
  | 'listener'
  /** As the handler of requests. */
  | 'route';

export interface CallModel {
  callee: Place;
  when: CallTime;
  /** What it is called with; for `route`, `listener` and `timer` also `input:Type`: an object of that type, made for this run. */
  args?: Place[];
  /** The same for functions with this many parameters, where the number decides (Express's error handlers). */
  argsByArity?: Record<string, Place[]>;
  self?: Place;
  /** Where its result goes. */
  result?: Place;
}

/**
 * One function. All parts are optional: a function without any reads nothing that is shared, keeps
 * nothing, and returns a primitive.
 */
export interface FunctionModel {
  reads?: Place[];
  writes?: Place[];
  /** `[from, to]`: objects at the one place may afterwards be found at the other. */
  flows?: [Place, Place][];
  /**
   * What is returned: a place (the very object found there), or `fresh X` for a new object of the built-in type X
   * (`fresh Data`: plain data of unknown shape without functions).
   */
  returns?: string;
  calls?: CallModel[];
  /** Handed to code that may keep it and use it at any time. */
  retains?: Place[];
  /** The result settles in a later segment (it is a promise); until then it goes on with what it reads and writes. */
  isAsync?: boolean;
  /** Runs whatever the framework has to run next, within this task: `next()`. */
  continues?: boolean;
}

/** Functions and namespaces by name: `Math.max`, `Object.assign`; `Array#push` for methods of a type. */
export interface ModelFile {
  /** Names reachable as globals. */
  globals?: Record<string, FunctionModel>;
  /** Methods of types, by `Type#method`; `Type()` for calling such a thing itself. */
  methods?: Record<string, FunctionModel>;
  /** Types of the properties of what handlers are called with. */
  types?: Record<string, { properties: Record<string, string> }>;
  /** Exports of modules and packages, by module, then by name (`default` and `.` for the module itself). */
  modules?: Record<string, Record<string, FunctionModel>>;
}
