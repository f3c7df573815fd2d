/**
 * Reads what `node --cpu-prof` writes: which function was running at each of many moments, and who had called it.
 *
 * The places in it are those of the code that ran. Where that was compiled, its source maps lead to the program's modules.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModuleGraph, ModuleId } from '../graph/module-graph.js';
import { moduleIdOf } from '../live-plan.js';
import { decode } from '../source-maps/vlq.js';

/** A function in the tree of calls. */
export interface ProfiledCall {
  /** Where in the program the function is; null outside of it. `line` is 1-based, `column` 0-based. */
  place: { module: ModuleId; line: number; column: number } | null;
  /** Milliseconds in the function itself. */
  self: number;
  children: ProfiledCall[];
}

interface Profile {
  nodes: { id: number; callFrame: CallFrame; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
  columnNumber: number;
}

/** Thrown when a file is no CPU profile. */
export class NoProfile extends Error {}

/**
 * The calls of a profile that nobody else makes, with all that they make.
 * @throws {NoProfile}
 */
export function readProfile(file: string, graph: ModuleGraph): ProfiledCall[] {
  const profile = parse(readFileSync(file, 'utf8'));
  const places = new Places(graph);
  const calls = new Map<number, ProfiledCall>();
  const idle = new Set<number>();
  for (const { id, callFrame } of profile.nodes) {
    calls.set(id, { place: places.of(callFrame), self: 0, children: [] });
    if (callFrame.functionName === '(idle)') idle.add(id);
  }
  profile.samples.forEach((id, i) => {
    const call = calls.get(id);
    if (call && !idle.has(id)) call.self += Math.max(0, profile.timeDeltas[i] ?? 0) / 1000;
  });
  const inner = new Set<number>();
  for (const { id, children = [] } of profile.nodes)
    for (const child of children) {
      const call = calls.get(child);
      if (!call) continue;
      inner.add(child);
      calls.get(id)?.children.push(call);
    }
  return [...calls].flatMap(([id, call]) => (inner.has(id) ? [] : [call]));
}

function parse(text: string): Profile {
  let profile: Partial<Profile> | null;
  try {
    profile = JSON.parse(text);
  } catch {
    throw new NoProfile('it is no JSON');
  }
  const { nodes, samples, timeDeltas } = profile ?? {};
  if (!Array.isArray(nodes) || !Array.isArray(samples) || !Array.isArray(timeDeltas))
    throw new NoProfile('it has no `nodes`, `samples` and `timeDeltas`');
  return { nodes, samples, timeDeltas };
}

/** Finds the places of the program that frames stand for. */
class Places {
  private readonly files = new Map<string, { id: ModuleId | undefined; map: LineMap | null }>();

  constructor(private readonly graph: ModuleGraph) {}

  of({ url, lineNumber, columnNumber }: CallFrame): ProfiledCall['place'] {
    const file = pathOf(url);
    if (file === null) return null;
    let known = this.files.get(file);
    if (!known) {
      const id = moduleIdOf(this.graph, file);
      const isModule = id !== undefined && this.graph.modules.has(id);
      known = { id: isModule ? id : undefined, map: isModule ? null : readMap(file) };
      this.files.set(file, known);
    }
    if (known.id !== undefined) return { module: known.id, line: lineNumber + 1, column: columnNumber };
    const original = known.map?.find(lineNumber, columnNumber);
    if (!original) return null;
    const module = moduleIdOf(this.graph, original.file);
    if (module === undefined || !this.graph.modules.has(module)) return null;
    return { module, line: original.line + 1, column: original.column };
  }
}

function pathOf(url: string): string | null {
  if (url.startsWith('file:')) return fileURLToPath(url);
  return url.startsWith('/') || /^[A-Za-z]:[\\/]/.test(url) ? url : null;
}

/** A mapping: columns and lines are counted from 0. */
interface Mapping {
  column: number;
  source: number;
  originalLine: number;
  originalColumn: number;
}

class LineMap {
  private readonly lines: Mapping[][];

  constructor(
    private readonly sources: readonly string[],
    mappings: string,
  ) {
    let [source, originalLine, originalColumn] = [0, 0, 0];
    this.lines = mappings.split(';').map(line => {
      let column = 0;
      return line.split(',').flatMap(text => {
        const [generated = 0, ...fields] = decode(text);
        column += generated;
        if (fields.length < 3) return [];
        source += fields[0] as number;
        originalLine += fields[1] as number;
        originalColumn += fields[2] as number;
        return [{ column, source, originalLine, originalColumn }];
      });
    });
  }

  find(line: number, column: number): { file: string; line: number; column: number } | null {
    const found = this.lines[line]?.findLast(mapping => mapping.column <= column) ?? this.lines[line]?.[0];
    const file = this.sources[found?.source ?? -1];
    if (!found || file === undefined) return null;
    return { file, line: found.originalLine, column: found.originalColumn };
  }
}

/** The source map of a file: in the file itself, or beside it. */
function readMap(file: string): LineMap | null {
  try {
    const url = [...readFileSync(file, 'utf8').matchAll(/\/\/# sourceMappingURL=(\S+)/g)].at(-1)?.[1];
    if (url === undefined) return null;
    const inline = /^data:application\/json[^,]*;base64,(.*)$/.exec(url)?.[1];
    const text =
      inline === undefined
        ? readFileSync(resolve(dirname(file), decodeURI(url)), 'utf8')
        : Buffer.from(inline, 'base64').toString();
    const { sources, mappings, sourceRoot = '' } = JSON.parse(text);
    const absolute = (sources as string[]).map(source =>
      source.startsWith('file:') ? fileURLToPath(source) : resolve(dirname(file), sourceRoot, source),
    );
    return new LineMap(absolute, mappings);
  } catch {
    // Without a map, nothing of the program is found in it: what ran there counts as outside.
    return null;
  }
}
