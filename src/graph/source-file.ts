/**
 * One source file as it was read: its text and what parsing made of it, before any import is resolved.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { File } from '@babel/types';
import { createDiagnostic } from '../diagnostics/catalog.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { reasonOf } from './file-error.js';
import type { ModuleFormat, ModuleId } from './module-graph.js';
import { type ParseContext, parseModule } from './parse.js';
import { type ModuleRequest, moduleRequests } from './requests.js';
import type { Stamp } from './stamp.js';

/** Nobody writes a file of this size; parsing one takes longer than all the rest of a project. */
export const LARGEST_SOURCE = 1_000_000;

export interface ParsedSource {
  ast: File;
  format: ModuleFormat;
  requests: ModuleRequest[];
}

export interface SourceFile {
  id: ModuleId;
  /** Absolute path. */
  file: string;
  /** Of the file on disk when it was last looked at; nothing for a text that is on no disk. */
  stamp: Stamp | undefined;
  code: string;
  /** Hex SHA-256 of `code`. */
  hash: string;
  packageType: ParseContext['packageType'];
  /** Nothing when the file is opaque; `diagnostics` then says why. */
  parsed: ParsedSource | undefined;
  diagnostics: Diagnostic[];
}

/** What a file is before anything is known about it but its path. */
export type SourceLocation = Pick<SourceFile, 'id' | 'file' | 'stamp'>;

/**
 * Reads and parses a file; failing at either makes it opaque. What was made of the same text before, `known`, is
 * kept.
 */
export function readSource(location: SourceLocation, context: ParseContext, known?: SourceFile): SourceFile {
  const { id, stamp } = location;
  if (stamp !== undefined && stamp.size > LARGEST_SOURCE) return oversized(location, stamp.size, context);
  let code: string;
  try {
    code = readFileSync(location.file, 'utf8');
  } catch (error) {
    return opaque(
      location,
      context,
      createDiagnostic('unreadable-module', { module: id }, id, reasonOf(error)),
    );
  }
  const isKnown =
    known?.parsed !== undefined && known.code === code && known.packageType === context.packageType;
  return isKnown ? { ...known, stamp } : parseSource(location, code, context);
}

/** Parses the text of a file, which may be another than that on disk. */
export function parseSource(location: SourceLocation, code: string, context: ParseContext): SourceFile {
  const { packageType } = context;
  if (code.length > LARGEST_SOURCE) return { ...oversized(location, code.length, context), ...textOf(code) };
  const parsed = parseModule(location.id, code, context);
  if ('failure' in parsed) return { ...opaque(location, context, parsed.failure), ...textOf(code) };
  const requests = moduleRequests(parsed.ast, code);
  return { ...location, ...textOf(code), packageType, parsed: { ...parsed, requests }, diagnostics: [] };
}

function textOf(code: string): Pick<SourceFile, 'code' | 'hash'> {
  return { code, hash: hash('sha256', code) };
}

function oversized(location: SourceLocation, size: number, context: ParseContext): SourceFile {
  const { id } = location;
  return opaque(
    location,
    context,
    createDiagnostic('oversized-module', { module: id }, id, size, LARGEST_SOURCE),
  );
}

function opaque(location: SourceLocation, { packageType }: ParseContext, diagnostic: Diagnostic): SourceFile {
  return { ...location, ...textOf(''), packageType, parsed: undefined, diagnostics: [diagnostic] };
}
