/** What the command's exit codes mean; documented in `docs/command-line.md`. */
export const ExitCode = {
  /** The whole program was analysed. */
  ok: 0,
  /** There are errors in the program, such as modules that cannot be parsed. What was printed leaves them out. */
  problems: 1,
  /** The command or a configuration file is wrong; nothing was analysed. */
  usage: 2,
  /** A mistake in this software. */
  internal: 3,
  /** `check`: something changed that somebody should have a look at. */
  lost: 4,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
