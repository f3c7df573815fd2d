/**
 * Effect models: what functions that are not part of the program do with what they are handed.
 *
 * The format of the files next to this one and of those that users write; `docs/effect-models.md` explains it
 * with examples, `schema.json` says it to editors, `check.ts` checks what users hand in.
 */

/**
 * Where objects are found, seen from one call: a root and any number of steps (see `places.ts`).
 * `this`, `arg0`, `arg1+` (that argument and all after it), `return`; then `[]`, `.name`, `*`, `**` and others.
 * In `reads` and `writes` also `@name`: a store outside the process that is shared by all, such as the files.
 */
export type Place = string;

/**
 * What may be handed on: a place; `fresh Type`, an object made by this very call (the same one wherever
 * an entry says it; `fresh Type:label` is another one); `primitive`, no object at all; `settle`, the
 * function that settles the call's `fresh Promise`.
 */
export type Source = string;

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
  /** What it is called with. For tasks of their own, `fresh Type` is made anew for every run. */
  args?: Source[];
  /** The same for functions with this many parameters, where the number decides (Express's error handlers). */
  argsByArity?: Record<string, Source[]>;
  /** The same where the first argument of the modelled call is this string: `on('connection', socket => ...)`. */
  argsByLiteral?: Record<string, Source[]>;
  self?: Place;
  /** Where its result goes. */
  result?: Place;
  /** No two such callbacks run at the same time, from when one begins until what it returns has settled. */
  excludes?: Exclusion;
}

/** Who excludes each other: all who lock the same object, as far as nothing more is said. */
export interface Exclusion {
  /** An argument: only those that hand over the same one. */
  key?: string;
  /** Only if the object was made with the number one there: `arg0`, `arg0.concurrency`. Otherwise without any arguments. */
  limit?: string;
}

/**
 * One function. All parts are optional: a function without any reads nothing that is shared, keeps
 * nothing, and returns a primitive.
 */
export interface FunctionModel {
  reads?: Place[];
  writes?: Place[];
  /** The argument that names the one entry which it reads and writes of the containers among those: `arg0`. */
  key?: string;
  /** `[from, to]`: objects at the one place may afterwards be found at the other. */
  flows?: [Source, Place][];
  /** Returns what nobody has had before, and nobody can guess: a random identifier. */
  isUnique?: boolean;
  /** What is returned: a place (the very object found there) or a fresh object. */
  returns?: Source;
  calls?: CallModel[];
  /** Handed to code that may keep it and use it at any time. */
  retains?: Place[];
  /** Goes on with what it reads and writes until its promise settles. Without it, all of that happens at once. */
  isAsync?: boolean;
  /** Runs whatever the framework has to run next, within this task: `next()`. */
  continues?: boolean;
  /** Its caller holds the lock from then on, until it gives it back. */
  locks?: Exclusion;
  /** It may let others in while a callback runs, or hold less than one at a time. */
  unlocks?: boolean;
  /** Does the same in every thread, so that a function with "use parallel" may call it; or does not. */
  anyThread?: boolean;
  /** As if there were no model: may do anything to what it is handed. */
  unknown?: boolean;
}

/** A thing that is there from the start rather than made by a call: `process.stdout`. */
export interface ObjectModel {
  object: string;
}

/** A function, an object, or the name of another entry that this one is the same as. */
export type Entry = FunctionModel | ObjectModel | string;

export interface TypeModel {
  /** A type whose methods and properties this one has, too. */
  extends?: string;
  /** Types of its properties. */
  properties?: Record<string, string>;
  /** Properties that are the same for all tasks: `{ "app": "express" }` is what `$shared.express` leads to. */
  shared?: Record<string, string>;
  /** Has more methods and properties than are modelled; those are as unknown as a package without a model. */
  isOpen?: boolean;
}

/**
 * One file. Names may stand for several by braces: `Math.{abs,ceil}`, `{new ,}Router`.
 */
export interface ModelFile {
  $schema?: string;
  /** Names reachable as globals, and `new Name` for their constructors. */
  globals?: Record<string, Entry>;
  types?: Record<string, TypeModel>;
  /** Methods of types, by `Type#method`; `Type()` for calling such a thing itself. */
  methods?: Record<string, FunctionModel | string>;
  /** Exports of modules and packages, by module, then by name; `.` for the module itself. */
  modules?: Record<string, Record<string, Entry>>;
}
