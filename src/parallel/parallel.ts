/**
 * What this stage gives: the functions with "use parallel", what another thread needs of the program to run each, and what keeps
 * one from being run there.
 */
import type { ModuleId, SourceModule } from '../graph/module-graph.js';
import type { FunctionIR } from '../ir/ir.js';
import type { Piece } from './declarations.js';

export const PARALLEL = 'use parallel';

/** A function that its author has declared to be able to leave the thread. */
export interface ParallelFunction {
  /** Readable and stable: `src/digest.js#digest`. */
  id: string;
  module: SourceModule;
  fn: FunctionIR;
}

/** Whether its author lets it leave the thread. */
export const isParallel = ({ fn }: ParallelFunction): boolean => fn.directives.includes(PARALLEL);

/** A piece of the program that the function needs, and by which use of it. */
export interface Item {
  module: SourceModule;
  piece: Piece;
  /** The piece that uses this one, and where; none of the function itself. */
  via: { item: Item; at: number } | null;
}

/** What a name at the top of a module stands for in another thread. */
export type Linked =
  /** What another module of the slice has under a name. */
  | { from: 'module'; module: ModuleId; name: string }
  /** A module as a whole, of which only these properties are used. */
  | { from: 'namespace'; properties: Map<string, { module: ModuleId; name: string }> }
  /** A module outside of the program; all of it where `imported` is null. */
  | { from: 'package'; request: string; imported: string | null };

/** The part of a module that a function needs. */
export interface SlicedModule {
  module: SourceModule;
  items: Item[];
  links: Map<string, Linked>;
}

/** All that a function needs of the program, by module; those that are needed come before those that need them. */
export interface Slice {
  root: Item;
  modules: readonly SlicedModule[];
}

/** Why a function cannot run in another thread. */
export type ProblemCode =
  | 'parallel-form'
  | 'parallel-uses-this'
  | 'parallel-reads-state'
  | 'parallel-writes-state'
  | 'parallel-writes-argument'
  | 'parallel-main-thread'
  | 'parallel-unknown-call'
  | 'parallel-constant'
  | 'parallel-argument'
  | 'parallel-result'
  | 'parallel-not-awaited';

export interface Problem {
  code: ProblemCode;
  /** Where it is. */
  module: ModuleId;
  at: number;
  /** The piece it is in, which says how the function comes there; null outside of its slice, as at a call. */
  item: Item | null;
  /** What it is, as the end of a sentence. */
  what: string;
}

/** The name by which the worker's code keeps what a piece gives. */
export const nameOfValue = ({ start }: Piece): string => `value${start}`;

/** What a piece is called in messages. */
export const nameOfPiece = ({ binds }: Piece): string => binds[0]?.name ?? 'the value of an export';

export const keyOf = (module: SourceModule, { start, end }: Piece): string => `${module.id}:${start}:${end}`;
