/**
 * The terminal: what it can show, and what happens when nobody reads any longer.
 */
import { type Style, styleOf } from '../report/style.js';

/** The part of an output stream that matters to how text in it looks. */
export interface Medium {
  isTTY?: boolean;
  columns?: number;
}

/**
 * Whether to colour: on terminals, unless the conventional variables say otherwise. Stricter than picocolors,
 * which colours everything on CI, files included.
 */
export function isColored(medium: Medium, env: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return medium.isTTY === true && TERM !== 'dumb';
}

/** How reports look on this medium. Only terminals have a width. */
export function styleFor(medium: Medium, env: NodeJS.ProcessEnv): Style {
  const width = medium.isTTY === true ? (medium.columns ?? 80) : Number.POSITIVE_INFINITY;
  return styleOf(isColored(medium, env), width);
}

/** Ends the process without a word when the reader of its output has gone, as in `anyspeed analyze | head`. */
export function exitOnBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
