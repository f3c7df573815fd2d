/**
 * Parses a source file as Babel would, whichever module system and dialect it is written in.
 *
 * The build's own Babel configuration is not asked: it belongs to one build tool, may differ from file to file and
 * need not exist (`anyspeed analyze`). All that it could change here, which syntax is accepted, is accepted
 * already; for the rest there is the option `parserPlugins`. Speed counts: one parse a file, no tokens, no
 * comments attached.
 */
import { type ParserOptions, type ParserPlugin, parse } from '@babel/parser';
import type { File } from '@babel/types';
import { createDiagnostic } from '../diagnostics/catalog.js';
import { codeFrame } from '../diagnostics/code-frame.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { ModuleFormat, ModuleId } from './module-graph.js';
import { type SourceKind, sourceKind } from './source-kind.js';

export interface ParseContext {
  /** The `type` of the package that the file belongs to. */
  packageType: 'module' | 'commonjs' | undefined;
  /** Parser plugins that the project needs beyond the usual ones. */
  parserPlugins: readonly ParserPlugin[];
}

export type Parsed = { ast: File; format: ModuleFormat } | { failure: Diagnostic };

const COMMON: ParserPlugin[] = [
  ['importAttributes', { deprecatedAssertSyntax: true }],
  'decoratorAutoAccessors',
  'explicitResourceManagement',
];

const DIALECTS: Readonly<Record<SourceKind, ParserPlugin[]>> = {
  js: ['jsx'],
  ts: ['typescript'],
  tsx: ['typescript', 'jsx'],
};

const LEADING_COMMENTS = /^(?:#![^\n]*)?(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/;

/** Parses the text of module `id`; a syntax error becomes a diagnostic. */
export function parseModule(id: ModuleId, code: string, context: ParseContext): Parsed {
  const kind = sourceKind(id) ?? 'js';
  // The two kinds of decorators exclude each other: only the old ones decorate parameters, only the new ones
  // come after `export`. TypeScript projects mostly mean the old ones; whoever means the others is parsed twice.
  const decorators: ParserPlugin[] =
    kind === 'js' ? ['decorators', 'decorators-legacy'] : ['decorators-legacy', 'decorators'];
  const attempts = code.includes('@') ? decorators : decorators.slice(0, 1);
  let firstError: unknown;
  for (const flavour of attempts) {
    try {
      const ast = parse(code, parserOptions(id, kind, code, flavour, context));
      return { ast, format: formatOf(ast) };
    } catch (error) {
      firstError ??= error;
    }
  }
  return { failure: describe(id, code, firstError) };
}

function parserOptions(
  id: ModuleId,
  kind: SourceKind,
  code: string,
  decorators: ParserPlugin,
  { packageType, parserPlugins }: ParseContext,
): ParserOptions {
  const isFlow = kind === 'js' && hasFlowPragma(code);
  const usual = [...COMMON, ...DIALECTS[kind], decorators, ...(isFlow ? (['flow'] as const) : [])];
  return {
    sourceType: isAlwaysModule(id, packageType) ? 'module' : 'unambiguous',
    plugins: withProjectPlugins(usual, parserPlugins, kind),
    allowReturnOutsideFunction: true,
    allowNewTargetOutsideFunction: true,
    // TypeScript's type-only exports look undeclared; a really missing export is the linker's to report.
    allowUndeclaredExports: true,
    attachComment: false,
  };
}

/**
 * Whether a file is an ES module even if it has no `import` or `export`. In all others content decides, also
 * in packages of type `commonjs`, since ES module syntax there means that it is compiled to CommonJS.
 */
function isAlwaysModule(id: ModuleId, packageType: ParseContext['packageType']): boolean {
  return /\.m[jt]s$/.test(id) || (packageType === 'module' && !/\.c[jt]s$/.test(id));
}

/** Flow's types are read only where a file asks for it: elsewhere they make ambiguous what JavaScript is clear about. */
function hasFlowPragma(code: string): boolean {
  return code.includes('@flow') && /@flow\b/.test(LEADING_COMMENTS.exec(code)?.[0] ?? '');
}

function nameOf(plugin: ParserPlugin): string {
  return typeof plugin === 'string' ? plugin : plugin[0];
}

/** Plugins of which the parser accepts only one at a time. */
const EXCLUSIVE = [new Set(['decorators', 'decorators-legacy']), new Set(['flow', 'typescript'])];

/** The project's plugins take the place of the usual ones that they exclude; Flow stays out of TypeScript files. */
function withProjectPlugins(
  usual: ParserPlugin[],
  project: readonly ParserPlugin[],
  kind: SourceKind,
): ParserPlugin[] {
  const fitting = project.filter(plugin => kind === 'js' || !nameOf(plugin).startsWith('flow'));
  const replaced = (plugin: ParserPlugin) => {
    const name = nameOf(plugin);
    const excluded = EXCLUSIVE.find(set => set.has(name));
    return fitting.some(other => nameOf(other) === name || excluded?.has(nameOf(other)));
  };
  return [...usual.filter(plugin => !replaced(plugin)), ...fitting];
}

function formatOf(ast: File): ModuleFormat {
  const { body, sourceType } = ast.program;
  // `export =` counts as ES module syntax for the parser, but means `module.exports =`.
  if (body.some(statement => statement.type === 'TSExportAssignment')) return 'commonjs';
  return sourceType === 'module' ? 'esm' : 'commonjs';
}

interface ParserError extends Error {
  loc?: { line: number; column: number };
}

function describe(id: ModuleId, code: string, error: unknown): Diagnostic {
  const { message, loc } = error as ParserError;
  const reason = message.replace(/ \(\d+:\d+\)$/m, '').trim();
  if (loc === undefined) return createDiagnostic('unparsable-module', { module: id }, id, reason);
  const frame = codeFrame(code, loc.line, loc.column);
  const place = { module: id, line: loc.line, column: loc.column, ...(frame !== undefined && { frame }) };
  return createDiagnostic('unparsable-module', place, id, reason);
}
