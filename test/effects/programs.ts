/**
 * The fixture programs of the soundness and precision suites, and what each of them expects of the plan.
 *
 * A program is a file `<group>/<name>.js` or, when it needs several modules, a directory of that name. Its first
 * comment lines name the construct that the conflict flows through, and what must come out:
 *
 *     // expect: section take        the handler `take` has a section
 *     // expect: gate look           the handler `look` has at least a gate
 *     // expect: conflict take look  the two access one conflict class that at least one of them writes
 *     // expect: untouched take      the handlers named exist, and nothing at all is locked
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyze } from '../../src/analyze.js';
import type { Precision } from '../../src/effects/precision.js';
import { buildModuleGraph } from '../../src/graph/build.js';
import { normalizeOptions } from '../../src/options.js';
import type { Plan } from '../../src/plan/plan.js';

export type Expectation =
  | { kind: 'section' | 'gate' | 'untouched'; handler: string }
  | { kind: 'conflict'; handlers: [string, string] };

export interface Program {
  /** `<group>/<name>`, as the known faults name it. */
  name: string;
  /** The directory that is the root of the program. */
  root: string;
  /** What of the directory belongs to it. */
  include: string[];
  expectations: Expectation[];
}

const FIXTURES = fileURLToPath(new URL('../fixtures/effects/', import.meta.url));

/** All programs of one suite, in order of their names. */
export function programsOf(suite: 'conflict' | 'no-conflict'): Program[] {
  const directory = join(FIXTURES, suite);
  return readdirSync(directory)
    .sort()
    .flatMap(group =>
      readdirSync(join(directory, group))
        .sort()
        .map(entry => readProgram(directory, group, entry)),
    );
}

function readProgram(directory: string, group: string, entry: string): Program {
  const path = join(directory, group, entry);
  const isDirectory = statSync(path).isDirectory();
  const files = isDirectory
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(file => /\.[cm]?[jt]sx?$/.test(file))
    : [entry];
  const root = isDirectory ? path : join(directory, group);
  const name = `${group}/${entry.replace(/\.\w+$/, '')}`;
  const expectations = files.sort().flatMap(file => expectationsIn(readFileSync(join(root, file), 'utf8')));
  if (expectations.length === 0) throw new Error(`${name} does not say what it expects`);
  return { name, root, include: files, expectations };
}

function expectationsIn(code: string): Expectation[] {
  return [...code.matchAll(/^\/\/ expect: (.*)$/gm)].flatMap(([, text = '']): Expectation[] => {
    const [kind, ...handlers] = text.trim().split(/ +/);
    const [first, second] = handlers;
    if (kind === 'conflict' && first && second && handlers.length === 2)
      return [{ kind, handlers: [first, second] }];
    if ((kind === 'section' || kind === 'gate' || kind === 'untouched') && handlers.length > 0)
      return handlers.map(handler => ({ kind, handler }));
    throw new Error(`Not an expectation: ${text}`);
  });
}

/**
 * Analyses a program, in this process and without any file of its own but the sources.
 *
 * @param precisions how exactly; as builds do if it is left out
 */
export function planOf({ root, include }: Program, precisions?: readonly Precision[]): Plan {
  // The project around the fixtures has nothing to say about them.
  const options = normalizeOptions({ root, include, exclude: [], tsconfig: false }, root);
  return analyze(buildModuleGraph(options), { ...options, precisions });
}
