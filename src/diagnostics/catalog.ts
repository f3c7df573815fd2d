/**
 * Every message the software has for its users, in one table, so that the whole of it can be read,
 * compared in tone and kept in step with its pages in `docs/diagnostics`.
 *
 * To add one: add an entry below under a new kebab-case code, write `docs/diagnostics/<code>.md`, and call
 * `createDiagnostic('<code>', place, ...)` where it happens. A test checks that code and page go together.
 * `message` says what happened, in one sentence; `hint` says why it matters and what to do.
 */
import type { Diagnostic, Severity } from './diagnostic.js';

interface Entry {
  severity: Severity;
  message: string;
  hint: string;
}

const meant = (closest: string | undefined) => (closest === undefined ? '' : ` Did you mean \`${closest}\`?`);

/** What an opaque module costs; said by every diagnostic that makes one. */
const OPAQUE =
  'Its own functions are not scheduled, and whatever imports it must assume the worst of what it calls there.';

export const catalog = {
  // Options.

  'unknown-option': (option: string, closest: string | undefined) => ({
    severity: 'error',
    message: `There is no option \`${option}\`.${meant(closest)}`,
    hint: 'A misspelt option would silently do nothing. See docs/options.md for all options.',
  }),

  'invalid-option': (option: string, expected: string, actual: string) => ({
    severity: 'error',
    message: `The option \`${option}\` must be ${expected}, not ${actual}.`,
    hint: 'See docs/options.md for the type and an example of every option.',
  }),

  'missing-root': (root: string) => ({
    severity: 'error',
    message: `The project's root "${root}" is not a directory.`,
    hint: 'The option `root` names the directory that holds the program, relative to the directory the build runs in.',
  }),

  'missing-option-file': (option: string, file: string) => ({
    severity: 'error',
    message: `The file "${file}" that the option \`${option}\` names does not exist.`,
    hint: "Paths in options are relative to the project's root.",
  }),

  'unusable-model-file': (file: string, reason: string) => ({
    severity: 'error',
    message: `The effect models in "${file}" cannot be used: ${reason}.`,
    hint: 'Without them the analysis would differ from what you meant. See docs/effect-models.md for the format.',
  }),

  // Finding the program's modules.

  'no-modules': (root: string) => ({
    severity: 'warning',
    message: `No source file was found in "${root}".`,
    hint: 'Without the program there is nothing to protect. Point the option `root` at the project, or `include` at its sources.',
  }),

  'program-too-tangled': (modules: number) => ({
    severity: 'error',
    message: `The analysis of ${modules} modules was given up: too many values in them may be anything.`,
    hint: "Nothing can be protected without it. Leave out libraries with `exclude`, or take only what no other module imports for entrances with `handlers: { exports: 'entry' }`.",
  }),

  'coarse-analysis': (what: string) => ({
    severity: 'warning',
    message: `Too many values of the program may be anything to be told apart: ${what}.`,
    hint: "More handlers wait for each other than have to. Leave out libraries with `exclude`, or take only what no other module imports for entrances with `handlers: { exports: 'entry' }`.",
  }),

  'rewritten-before': () => ({
    severity: 'error',
    message: 'The syntax tree is not that of the source text, so that this cannot be scheduled.',
    hint: 'Something rewrote the program before Babel ran its plugins: a parser of its own, or the `pre` function of another plugin. Let it run after anyspeed, or leave the file out with the option `exclude`.',
  }),

  'include-matches-nothing': (pattern: string) => ({
    severity: 'warning',
    message: `The pattern "${pattern}" of the option \`include\` matches no source file.`,
    hint: "Patterns are relative to the project's root; what `exclude` or the defaults leave out does not count. See docs/options.md.",
  }),

  'unreadable-directory': (directory: string, reason: string) => ({
    severity: 'warning',
    message: `The directory "${directory}" cannot be read: ${reason}.`,
    hint: 'Modules in it are not part of the analyzed program. Make it readable, or name it in the option `exclude`.',
  }),

  'symlink-leaves-root': (link: string) => ({
    severity: 'info',
    message: `The symbolic link "${link}" leads out of the project's root and is not followed.`,
    hint: 'Modules behind it are not part of the analyzed program. If they share state with it, choose a `root` that holds both.',
  }),

  // Reading them.

  'unreadable-module': (module: string, reason: string) => ({
    severity: 'error',
    message: `${module} cannot be read: ${reason}.`,
    hint: `${OPAQUE} Make it readable, or name it in the option \`exclude\`.`,
  }),

  'unparsable-module': (module: string, reason: string) => ({
    severity: 'error',
    message: `${module} cannot be parsed: ${reason}`,
    hint: `${OPAQUE} Correct it, or name the parser plugin that its syntax needs in the option \`parserPlugins\`.`,
  }),

  'oversized-module': (module: string, bytes: number, limit: number) => ({
    severity: 'warning',
    message: `${module} is not analyzed: ${megabytes(bytes)} MB of source is more than the limit of ${megabytes(limit)} MB.`,
    hint: `Files of that size are generated and would only slow the build. ${OPAQUE} Name it in the option \`exclude\` to silence this.`,
  }),

  // Where imports lead.

  'unresolved-import': (request: string, module: string) => ({
    severity: 'warning',
    message: `"${request}", imported by ${module}, cannot be found.`,
    hint: 'What it might do is unknown, so the analysis assumes the worst and handlers that use it run less concurrently. Install the package or correct the path; for aliases, set the option `tsconfig`.',
  }),

  'unusable-package-json': (file: string, reason: string) => ({
    severity: 'error',
    message: `${file} cannot be used: ${reason}`,
    hint: 'No import of its package can be resolved, so everything in it is assumed to do the worst. Node refuses it too; correct it.',
  }),

  'unusable-tsconfig': (reason: string) => ({
    severity: 'warning',
    message: `The TypeScript configuration cannot be used: ${reason}`,
    hint: 'Its `paths` are ignored, so imports that need them are not resolved. Correct it, or set the option `tsconfig` to another file or to `false`.',
  }),
  // What the analysis found.

  'floating-work': (call: string, resource: string) => ({
    severity: 'warning',
    message: `Nobody waits for what \`${call}\` does to \`${resource}\`.`,
    hint: 'It goes on after the handler has answered: other tasks wait for it all the same, and if it fails, nobody handles the error. Await it, or write `void` before it and catch its errors.',
  }),

  'dropped-promises': (call: string, resource: string) => ({
    severity: 'warning',
    message: `The promises of the callback of \`${call}\` are dropped, which works on \`${resource}\`.`,
    hint: 'Nobody hears of what fails there, and others wait longer than the handler takes. Use `for (const x of xs) await ...`, or `await Promise.all(xs.map(...))` if they may run at once.',
  }),

  'parallel-conflict': (resource: string) => ({
    severity: 'warning',
    message: `Work that runs several times at once here reads and writes \`${resource}\` with a suspension in between.`,
    hint: 'Each may undo what another has written, and no lock between handlers helps, as they are all of one task. Run them one after another, or leave no `await` between the read and the write.',
  }),

  'promised-value': (kind: string, handler: string) => ({
    // Of an export it is not known whether anybody outside of the program calls it at all.
    severity: kind === 'export' ? 'info' : 'warning',
    message: `A call of the ${kind} \`${handler}\` that has to wait returns a promise, not the value of its sync function.`,
    hint: 'Whoever calls it from outside of the program may not expect that. Make it async, or let it read what no section changes.',
  }),

  'stale-value': (variable: string, resource: string) => ({
    severity: 'warning',
    message: `What is written here to \`${resource}\` is computed from \`${variable}\`, which an earlier task has read from it.`,
    hint: 'Another task may have changed it since, and that change is lost: a callback that is called later is a task of its own. Read it again here, or await the work in one handler.',
  }),

  'merged-stage': (stage: string, reason: string) => ({
    severity: 'warning',
    message: `This call of the stage \`${stage}\` is part of its caller: ${reason}.`,
    hint: 'What the stage accesses counts for its caller, which holds more and longer. Call it before the first access of the same or after the last, and await it.',
  }),

  'ignored-stage': (name: string, reason: string) => ({
    severity: 'warning',
    message: `The directive "use stage" of \`${name}\` has no effect: ${reason}.`,
    hint: 'What it accesses counts for whoever calls it. Take the directive away, or see docs/semantics.md for what can be a stage.',
  }),

  'unheld-callback': (call: string, resource: string) => ({
    severity: 'warning',
    message: `The task goes on in a callback of \`${call}\`, which works on \`${resource}\`, but does not wait for it.`,
    hint: 'Nothing says where the callback is handed over, so what it does is not protected. Hand over a function (`success: () => ...`, not `success() ...`), or await a promise of it.',
  }),

  'waits-for-another-task': (keeper: string) => ({
    severity: 'info',
    message: `Another task has to settle what is awaited here: what does that is kept in \`${keeper}\`. What the handler holds is given up until then.`,
    hint: 'What it has read before may have changed afterwards: read again what it goes on with.',
  }),

  // Functions that are to leave their thread: `way` says how they come to where that is.

  'ignored-parallel': (name: string) => ({
    severity: 'warning',
    message: `The directive "use parallel" of \`${name}\` has no effect: nothing calls the function.`,
    hint: 'What is not called is not analysed, so that nothing is proven of it. If something outside of the program calls it, let the option `handlers` say so.',
  }),

  'parallel-form': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `The function \`${name}\` cannot run in another thread: ${what}${way}.`,
    hint: 'Give the directive "use parallel" to a function at the top of a module that gets all it needs as arguments.',
  }),

  'parallel-uses-this': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `The function \`${name}\` cannot run in another thread: it uses ${what}${way}.`,
    hint: 'What it is called on stays in its thread. Hand over as arguments what it needs of that.',
  }),

  'parallel-reads-state': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `The function \`${name}\` cannot run in another thread: it reads ${what}${way}.`,
    hint: 'In a worker it would not see the change. Hand over the value as an argument, or make it a constant that nothing changes after its declaration.',
  }),

  'parallel-writes-state': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `The function \`${name}\` cannot run in another thread: it writes ${what}${way}.`,
    hint: 'Nobody else would see what it writes in a worker. Return the value, and let the caller write it.',
  }),

  'parallel-writes-argument': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `The function \`${name}\` cannot run in another thread: it writes ${what}${way}.`,
    hint: 'In a worker the argument is a copy, and what is written to it is lost. Make a new object and return it, or write to a copy.',
  }),

  'parallel-main-thread': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `The function \`${name}\` cannot run in another thread: it uses ${what}${way}.`,
    hint: 'Do that before the call or after it, and hand over or return what it takes. docs/parallel.md lists what can be used in any thread.',
  }),

  'parallel-unknown-call': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `The function \`${name}\` cannot be proven to do the same in another thread: it calls ${what}${way}.`,
    hint: 'Call it before or afterwards. If it does the same in every thread, say so with `anyThread` in a file of effect models (option `models`).',
  }),

  'parallel-constant': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `The function \`${name}\` cannot run in another thread: it uses ${what}${way}.`,
    hint: 'A worker evaluates the constants that a function uses once more, which must come to the same. Hand over the value as an argument, or make it inside of the function.',
  }),

  'parallel-argument': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `This call of \`${name}\` cannot be made in another thread: ${what}${way}.`,
    hint: 'Only plain data and buffers cross between threads. Hand over what the function needs of it.',
  }),

  'parallel-result': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `The function \`${name}\` cannot run in another thread: it returns ${what}${way}.`,
    hint: 'Only plain data and buffers cross between threads. Return the data, and let the caller make of it what it needs.',
  }),

  'parallel-not-awaited': (name: string, what: string, way: string) => ({
    severity: 'error',
    message: `The function \`${name}\` is not async and may run in another thread, but ${what}${way}.`,
    hint: 'What the call gives is a promise then. Await it, or declare the function async.',
  }),

  'possible-stage': (fn: string, handler: string, before: string, after: string) => ({
    severity: 'info',
    message: `The section of \`${handler}\` is open over ${before}; with \`${fn}\` as a stage, it would be over ${after}.`,
    hint: 'It accesses nothing that the rest of the handler accesses. If other tasks may come in between, give it the directive "use stage": then each call of it is a unit of its own.',
  }),

  'changing-constant': (resource: string, writer: string, pairs: string) => ({
    severity: 'info',
    message: `Only \`${writer}\` sets \`${resource}\`, and ${pairs} of handlers wait for each other only because of that.`,
    hint: 'If it is called before the server listens, and not afterwards, give it the directive "use unscheduled": then what it sets is constant to all others.',
  }),

  'package-not-analysed': (name: string) => ({
    severity: 'info',
    message: `The package \`${name}\` is not analysed, since its code would have to be changed here.`,
    hint: 'Nobody compiles packages. It is taken to do anything with what it is handed, as if the option `packages` did not name it.',
  }),

  'costly-assumption': (construct: string, pairs: string) => ({
    severity: 'info',
    message: `What \`${construct}\` does is not understood, and ${pairs} of handlers wait for each other only because of that.`,
    hint: 'It may do anything to what it is handed. Say what it does in a file of effect models (option `models`), or hand it less.',
  }),
} satisfies Record<string, (...details: never[]) => Entry>;

export type DiagnosticCode = keyof typeof catalog;

/** Where a diagnostic applies. */
export type Place = Pick<Diagnostic, 'module' | 'line' | 'column' | 'frame'>;

/** Makes the diagnostic `code` of the catalog; `details` are what its message needs to know. */
export function createDiagnostic<Code extends DiagnosticCode>(
  code: Code,
  place: Place,
  ...details: Parameters<(typeof catalog)[Code]>
): Diagnostic {
  const describe = catalog[code] as (...details: unknown[]) => Entry;
  return { code, ...describe(...details), ...place };
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
