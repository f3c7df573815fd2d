/**
 * The plan: all that the analysis decided, as plain serializable data.
 *
 * It is the only thing that passes from the analysis to its readers (the Babel plugin, the command
 * line, the tests). Everything in it is ordered and relative to the project's root, so that the same
 * sources give the same plan byte for byte on every machine and in whatever order files were found.
 */

import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { KeyExpression } from '../keys/expression.js';
import type { AuditPlan } from './audit-plan.js';
import type { PlannedModule, Span } from './edit.js';

/** A place in a source file. `line` is 1-based, `column` 0-based, as in Babel. */
export interface Location {
  /** Path of the module relative to the project's root, with forward slashes. */
  module: string;
  line: number;
  column: number;
}

export type AccessMode = 'read' | 'write';
/** `update`: will write, but has not yet. Others may read until then, and nobody else write. */
export type LockMode = 'shared' | 'update' | 'exclusive';

/** One access of a shared resource that a handler makes, itself or in something it calls. */
export interface PlannedAccess {
  resource: string;
  mode: AccessMode;
  at: Location;
}

/**
 * How a handler is reached from outside the program.
 * - `export`: by whoever imports the module
 * - `callback`: handed to code outside the program, which may call it at any time
 * - `route`, `listener`, `timer`: a callback whose registering call is known
 * - `stage`: not at all; handlers of the program call it, as a unit of its own
 */
export type HandlerKind = 'export' | 'route' | 'listener' | 'timer' | 'callback' | 'stage';

/**
 * What the transform does to a handler.
 * - `untouched`: emitted as its author wrote it
 * - `gate`: waits while a conflicting section is open, then runs; holds nothing
 * - `section`: holds its classes while its section is open
 */
export type Protection = 'untouched' | 'gate' | 'section';

/** Why a handler got its protection; the report turns it into a sentence. */
export type ProtectionReason =
  /** It accesses nothing that another task could change under it. */
  | 'no-conflict'
  /** All its conflicting accesses lie in one segment, and no other handler has a section on them. */
  | 'atomic-by-itself'
  /** All its conflicting accesses lie in its first segment, but others have sections on them. */
  | 'one-segment'
  /** Its conflicting accesses lie in one segment that is not the first, and others have sections on them. */
  | 'one-later-segment'
  /** Its conflicting accesses lie in more than one segment. */
  | 'several-segments'
  /** All its conflicting accesses are made by a call of another handler, which has a section of its own. */
  | 'delegated'
  /** Its conflicting accesses all lie under one lock of the program's own, as do those of whoever it conflicts with. */
  | 'own-lock'
  /** A stage all of whose calls are part of what calls it. */
  | 'inside-callers'
  /** Its author wrote "use unscheduled" and answers for it. */
  | 'opted-out';

/** Why a handler takes a container as a whole of which others take single keys. */
export type WholeContainerReason =
  /** It iterates over it, asks for its size, hands it to others, or the like. */
  | 'whole-access'
  /** A key is not known where the section begins. */
  | 'unknown-key'
  /** It has more keys than are worth it. */
  | 'many-keys'
  /** It adds to a list at several moments, between which others could add to it as well. */
  | 'scattered-additions';

/** A class that a handler holds or passes. */
export interface HeldClass {
  class: string;
  mode: LockMode;
  /** The keys of it, if it is not held as a whole; ordered. */
  keys?: KeyExpression[];
  /** Whether the keys are names of properties, rather than keys of a `Map` or members of a `Set`. */
  asProperties?: boolean;
  /** Of a class that others hold keys of: why this handler does not, and where that is seen. */
  notKeyed?: { reason: WholeContainerReason; at: Location };
  /**
   * In which later step of its section it is taken, counted from 1: `grows` of the bounds says where. Missing if it is taken where the
   * section begins.
   */
  step?: number;
  /** It has no lock: those of these classes, which the handler takes as well, keep out whom it would. Ordered. */
  coveredBy?: string[];
}

export interface PlannedHandler {
  /** Readable, unique, stable from build to build, e.g. `src/cart.ts#addItem`. */
  id: string;
  kind: HandlerKind;
  at: Location;
  isAsync: boolean;
  isGenerator: boolean;
  protection: Protection;
  reason: ProtectionReason;
  /** The classes it passes or holds, by name, ordered. Empty when untouched. */
  classes: HeldClass[];
  /** Where its section or gate is; nothing if it is untouched. */
  bounds: SectionBounds | null;
  /**
   * True when the handler may be re-entered through code the compiler cannot rewrite while its section
   * is open, so that the runtime must carry the task across suspensions.
   */
  carriesTask: boolean;
  /** What it accesses of the resources that anybody conflicts on, ordered; each with where. */
  accesses: PlannedAccess[];
  /** Of a stage: how handlers of the program call it. */
  stage?: PlannedStage;
}

/** Why a call of a stage is part of what calls it, and not a unit of its own. */
export type MergeReason =
  /** Its caller holds all that it needs: it runs inside of the caller's section. */
  | 'covered'
  /** Its caller accesses a part of what it needs, before and after. */
  | 'overlap'
  /** Tasks could take the classes in orders that deadlock. */
  | 'order'
  /** It is not async, so that it cannot wait, and nobody awaits the call. */
  | 'not-awaited'
  /** Whoever calls it may hold a lock of the program's own. */
  | 'own-lock'
  /** It is called while something is held, and it or its caller is protected as a whole. */
  | 'whole'
  /** It is called while something is held, and may call other handlers through code outside. */
  | 'reentered';

export interface PlannedStage {
  /** It is called while something is held, so that its waits go before those of tasks that hold nothing. */
  isLate: boolean;
  /** In the order of the sources. */
  calls: PlannedStageCall[];
}

/** A place where a stage is called. */
export interface PlannedStageCall {
  at: Location;
  /** The handlers that come by it, ordered. */
  by: string[];
  /** Why the call is part of what calls it; missing of a unit of its own. */
  merged?: MergeReason;
}

/** Why a handler is protected as a whole, and not by a section of the size of its accesses. */
export type WholeReason =
  /** It cannot wait in its body. */
  | 'not-async'
  | 'generator'
  /** It takes a lock of the program's own, which it may hold wherever its section would begin. */
  | 'takes-lock'
  /** The function is several handlers, each with classes of its own. */
  | 'several-handlers'
  /** Another handler calls it inside of its own section. */
  | 'called-inside'
  /** Work that it starts and does not await may access something. */
  | 'outlives'
  /** What it calls waits for another task. */
  | 'waits-inside'
  /** Whoever called it reads shared state in what it returns. */
  | 'result'
  /** Code outside may call a handler while it runs. */
  | 'reentered'
  /** It passes a gate, and does so best at the call. */
  | 'first-segment'
  /** The initial value of a parameter accesses something. */
  | 'parameters'
  /** Inside of a `try` it returns a promise whose work accesses something. */
  | 'promise-in-try'
  /** A `using` declaration. */
  | 'disposal'
  /** A function that it declares has the name of a parameter, a `var` or another function. */
  | 'redeclared-function';

/**
 * How far a handler's section reaches.
 * - `body`: from the places named first to those named last, or to the end of the handler if there are none on the path;
 *   if it reads first, readers pass until the places named in between; what it takes in later steps, it takes where `grows` says
 * - `whole`: from the call until everything that it does has settled, and why
 * - `delegated`: it has none of its own, but calls one of the handlers that are named, which have
 */
export type SectionBounds =
  | {
      kind: 'body';
      enters: Location[];
      writes: Location[];
      leaves: Location[];
      /** Step by step: where it takes those of its classes that it does not take where it begins. */
      grows?: Location[][];
      /** Where it is given up, and entered again, as another task has to bring what is awaited. */
      asides?: Location[];
    }
  | { kind: 'whole'; reason: WholeReason }
  | { kind: 'delegated'; to: string[] };

/** A function with "use parallel" that is proven to do the same in another thread. */
export interface PlannedParallel {
  /** Readable, unique, stable from build to build, e.g. `src/digest.js#digest`. */
  id: string;
  at: Location;
  isAsync: boolean;
  /** Where the program calls it, in the order of the sources. */
  calls: PlannedParallelCall[];
  /** All that it needs of the program in a worker; a module comes after those that it needs. The function is in the last but for circles. */
  modules: SlicedModule[];
  /** What it is called in the slice. */
  root: SlicedName;
  /** The program's own classes of errors in the slice, with the names that they have in the module of the function. Ordered. */
  errors: { className: string; name: string }[];
}

export interface PlannedParallelCall {
  at: Location;
  /** The arguments, by their numbers, whose buffers are moved and not copied, as nobody uses them afterwards. */
  moved: number[];
}

/** A function that would be proven if it had "use parallel". */
export interface ParallelCandidate {
  id: string;
  at: Location;
  isAsync: boolean;
  /** How many calls of it would have to be awaited that are not. */
  unawaited: number;
  /** The built-ins it calls that take long. */
  heavy: string[];
  /** How many loops are inside of each other in it and in what it calls. */
  loops: number;
  /** By a CPU profile: milliseconds in the function itself and with what it calls, and the latter's share of all work. */
  measured?: { self: number; total: number; share: number };
}

/** What a slice has of a module under a name. */
export interface SlicedName {
  module: string;
  name: string;
}

/** The part of a module that a parallel function needs. */
export interface SlicedModule {
  /** Path relative to the root. */
  path: string;
  isStrict: boolean;
  /** Declarations, declarators and values of exports, as offsets, in order; `names` are those under which they are to be found. */
  pieces: (Span & { names: string[] })[];
  /** By name: what is imported. Ordered. */
  links: Record<string, SlicedLink>;
}

export type SlicedLink =
  | ({ from: 'module' } & SlicedName)
  /** A module as a whole, of which only these properties are used. */
  | { from: 'namespace'; properties: Record<string, SlicedName> }
  /** A module outside of the program: all of it, or what it exports under a name. */
  | { from: 'package'; request: string; imported: string | null };

/** A lock of the program itself that makes one of ours needless. */
export interface OwnLock {
  /** Readable and stable: the name of the object, and of the key if it is one of many locks in it. */
  name: string;
  /** Where it is made. */
  at: Location;
  /** The handlers that are left to it. */
  handlers: string[];
  /** The resources that they access under it, and nobody else does. */
  resources: string[];
}

/** A list that tasks append to and that is emptied into the outside: nobody can tell its order, so nobody waits for it. */
export interface PlannedLog {
  /** The resource that it is. */
  name: string;
  appends: Location[];
  drains: Location[];
}

export interface ConflictClass {
  /** Readable and stable: the first of its resources. */
  name: string;
  resources: string[];
  /** The handlers that access it, with the strongest mode of each. */
  members: { handler: string; mode: AccessMode }[];
  /** False when each handler is through with it in one segment: run-to-completion already makes it atomic. */
  locked: boolean;
  /** It is locked by the locks of these classes and has none of its own: whoever waits on it waits on one of them. Ordered. */
  coveredBy?: string[];
}

/** A conservative assumption the analysis had to make, and the construct that forced it. */
export interface Assumption {
  /** Stable code, e.g. `unknown-call`. */
  code: string;
  message: string;
  at: Location;
  /**
   * How many pairs of handlers wait for each other only because of this and the other assumptions with the same message.
   * Measured where somebody asks for costs, for those that are made most often about what is locked.
   */
  pairs?: number;
}

export interface Plan {
  version: 1;
  modules: PlannedModule[];
  handlers: PlannedHandler[];
  classes: ConflictClass[];
  ownLocks: OwnLock[];
  /** Missing where there is none. */
  logs?: PlannedLog[];
  /** Missing where there is none. */
  parallel?: PlannedParallel[];
  /** Those that would free most first. Only where somebody asks for costs; missing where there is none. */
  candidates?: ParallelCandidate[];
  assumptions: Assumption[];
  diagnostics: Diagnostic[];
  /** By module; only where an audit is asked for. */
  audit?: Record<string, AuditPlan>;
}
