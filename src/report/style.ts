/**
 * How a report may look: the medium decides, so that rendering itself is a pure function of the plan and of this.
 */
import picocolors from 'picocolors';

export interface Style {
  colors: ReturnType<typeof picocolors.createColors>;
  /** Columns of the terminal. `Infinity` for files and pipes, where lines are searched and must not be cut. */
  width: number;
}

/** The style of files and pipes. */
export const PLAIN: Style = { colors: picocolors.createColors(false), width: Number.POSITIVE_INFINITY };

/** A style with or without colours. */
export function styleOf(isColored: boolean, width: number): Style {
  return { colors: picocolors.createColors(isColored), width };
}
