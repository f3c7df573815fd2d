/**
 * The Babel plugin, over any analysis: asks the session of the program what is planned for the file that is
 * being compiled, and rewrites it.
 */
import type { BabelFile, PluginObj } from '@babel/core';
import { type BabelAPI, declare } from '@babel/helper-plugin-utils';
import { createDiagnostic } from '../diagnostics/catalog.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { Analyze } from '../live-plan.js';
import { type NormalizedOptions, normalizeOptions, type Options } from '../options.js';
import { applyEdits } from '../transform/apply-edits.js';
import { MissingEditTarget } from '../transform/edit-targets.js';
import { MissingPiece } from '../transform/slice-program.js';
import { AnalysisSession } from './session.js';
import { type Compiler, PLUGIN_NAME, workerCodeOf } from './worker-code.js';

/** 7.22.0 is the oldest version that the tests of the transform were run with, its parser and generator included. */
export const SUPPORTED_BABEL = '^7.22.0 || ^8.0.0';

/** What the declarations of Babel 7 do not know yet. */
type PluginAPI = BabelAPI & Compiler & { addExternalDependency(file: string): void };

/** Makes the plugin. All its instances in a process share one session for each set of options. */
export function createPlugin(analyze: Analyze) {
  const sessions = new Map<string, AnalysisSession>();

  function sessionFor(options: NormalizedOptions): AnalysisSession {
    const key = JSON.stringify(options);
    const session = sessions.get(key) ?? new AnalysisSession(options, analyze);
    sessions.set(key, session);
    return session;
  }

  return declare<Options>((api, options, directory): PluginObj => {
    api.assertVersion(SUPPORTED_BABEL);
    const session = sessionFor(normalizeOptions(options, directory));
    trackProgram(api as PluginAPI, session);
    return {
      name: PLUGIN_NAME,
      // Before any visitor: not even the `Program` visitor of a plugin that is listed earlier has run, so
      // the tree is still that of the source, whose offsets the plan refers to.
      pre(file) {
        rewrite(api as PluginAPI, file, session);
      },
      visitor: {},
    };
  });
}

/**
 * A file's plan depends on other files. Babel makes the plugin anew when one of them has changed, and hands
 * their names to the tools that watch files or cache results, for them to compile again what depends on them.
 */
function trackProgram(api: PluginAPI, session: AnalysisSession): void {
  api.cache.invalidate(() => session.fingerprint());
  for (const input of session.inputs()) api.addExternalDependency(input);
}

function rewrite(api: PluginAPI, file: BabelFile, session: AnalysisSession): void {
  const { filename } = file.opts;
  if (!filename) return;
  // A tree that comes without its text is taken for that of the file on disk.
  const isTextKnown = file.code !== '' || file.path.node.body.length === 0;
  const planned = session.planOf(filename, isTextKnown ? file.code : undefined);
  if (planned === undefined || session.options.mode === 'report') return;
  const [error] = planned.errors;
  if (error) throw errorAt(file, error);
  if (!planned.edits) return;
  const { slices } = planned;
  const isCommonJs = isCompiledToCommonJs(file);
  try {
    applyEdits(api.types, file.path, {
      ...planned.edits,
      parallel: id => {
        const sliced = slices(id);
        return { ...workerCodeOf(api, file, sliced), errors: sliced.planned.errors, isCommonJs };
      },
    });
  } catch (error) {
    if (error instanceof MissingPiece) throw errorAt(file, createDiagnostic('rewritten-before', {}));
    if (!(error instanceof MissingEditTarget)) throw error;
    const { line, column } = positionOf(file.code, error.edit.start);
    throw errorAt(file, { ...createDiagnostic('rewritten-before', {}), line, column });
  }
}

/** Whether a plugin that follows makes a CommonJS module of an ES module. */
function isCompiledToCommonJs(file: BabelFile): boolean {
  const plugins = (file.opts.plugins ?? []) as { key?: string }[];
  return plugins.some(({ key }) => key?.endsWith('transform-modules-commonjs'));
}

/** A diagnostic as Babel reports errors: with the file's name and the lines around the place. */
function errorAt(
  file: BabelFile,
  {
    message,
    hint,
    code,
    line,
    column = 0,
  }: Pick<Diagnostic, 'message' | 'hint' | 'code' | 'line' | 'column'>,
): Error {
  const text = `${message} [${code}]\n${hint}`;
  const place = line === undefined ? undefined : { loc: { start: { line, column } } };
  return file.hub.buildError(place as never, text, Error);
}

function positionOf(code: string, offset: number): { line: number; column: number } {
  const before = code.slice(0, offset).split(/\r\n|[\n\r\u2028\u2029]/);
  return { line: before.length, column: before.at(-1)?.length ?? 0 };
}
