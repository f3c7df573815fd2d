/** What is rewritten in the modules: the part of the plan that the transform follows. */

/**
 * One rewriting of a module, addressed by the offsets of a node in the source text that was analysed.
 * - `wrap-expression`: the expression evaluates to the handler's function; wrap it in `schedule`
 * - `wrap-declaration`: a function declaration whose binding is to hold the scheduled function
 * - `wrap-method`: a method of a class or an object literal (node = the method)
 * - `call-unscheduled`: a call that would reach a scheduled function from inside a task: call its body
 * - `float`: an expression whose promise nobody awaits; its work belongs to the running task
 * - `float-results`: a callback that is called now, and whose promises nobody awaits
 * - `stand-aside`: an `await` during which the running task gives up what it holds
 * - `continuation`: a callback that is called later, as the rest of the running task
 * - `belonging`: one that belongs to the task if it is called while that is running, but is not waited for
 * - `parallel-expression`, `parallel-declaration`: a function that may run in another thread
 * - `moving`: a call of a parallel function to which buffers are moved
 * - `place-section`: a handler's function (node = the function or method) that gets its section or gate in its own body
 */
export type Edit =
  | {
      kind: 'wrap-expression' | 'wrap-declaration' | 'wrap-method';
      start: number;
      end: number;
      handler: string;
    }
  | {
      kind: 'call-unscheduled' | 'float' | 'float-results' | 'belonging' | 'stand-aside';
      start: number;
      end: number;
    }
  | {
      kind: 'parallel-expression' | 'parallel-declaration';
      start: number;
      end: number;
      /** Id of the parallel function. */
      parallel: string;
    }
  | {
      kind: 'moving';
      start: number;
      end: number;
      /** The numbers of the arguments. */
      moved: number[];
    }
  | {
      kind: 'continuation';
      start: number;
      end: number;
      /** One of it and the callbacks before it in the same call is called. */
      isAlternative: boolean;
    }
  | {
      kind: 'place-section';
      start: number;
      end: number;
      handler: string;
      isGate: boolean;
      /** The statements before which it is entered, unless it is open already. */
      enters: Span[];
      /** The statements before which it is left. In any case it is left at the end. */
      leaves: Span[];
      /** The statements before which it goes on from reading to writing, unless it has already. */
      writes: Span[];
      /** Step by step: the statements before which it takes what it does not take where it is entered, unless it has it. */
      grows?: Span[][];
      /** The `await`s during which it is given up. */
      asides: Span[];
      /** The `return`s of promises that must settle inside of it; of an arrow function without braces, its value. */
      settling: Span[];
    };

/** Offsets in the source text. */
export interface Span {
  start: number;
  end: number;
}

export interface PlannedModule {
  /** Path relative to the project's root, with forward slashes. */
  path: string;
  /** Hex SHA-256 of the source text the offsets belong to. */
  hash: string;
  edits: Edit[];
}
