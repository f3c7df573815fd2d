/**
 * The options of every way into the software: the Babel plugin, the command and the API take the same.
 */
import type { ParserPlugin } from '@babel/parser';

export interface NormalizedOptions {
  /** Absolute, without symbolic links. */
  root: string;
  include: string[];
  exclude: string[];
  parserPlugins: ParserPlugin[];
  /** An absolute path, `'auto'` for the nearest one of every file, `false` for none. */
  tsconfig: string | false;
}
