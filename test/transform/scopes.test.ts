/**
 * What Babel's scopes know after the edits is what they would find by looking at the program again: the
 * plugins that follow decide by it what is unused, constant or free to be renamed.
 */
import type { BabelFile } from '@babel/core';
import type { NodePath, Scope } from '@babel/traverse';
import { describe, expect, test } from '@jest/globals';
import { BABELS, type Babel, planPlugin } from './babels.js';
import { CASES } from './behaviour-cases.js';
import type { MarkedPlan } from './marked-plan.js';

type Names = Record<string, { kind: string; constant: boolean; references: number; assignments: number }>;

function namesIn(scope: Scope): Names {
  const names = Object.entries(scope.bindings).map(([name, binding]) => [
    name,
    {
      kind: binding.kind,
      constant: binding.constant,
      references: binding.referencePaths.length,
      assignments: binding.constantViolations.length,
    },
  ]);
  return Object.fromEntries(names.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

/** What the scope of the program and those of its functions know. */
function allNames(program: NodePath): Names[] {
  const all = [namesIn(program.scope)];
  program.traverse({ Function: path => void all.push(namesIn(path.scope)) });
  return all;
}

/**
 * Knowing of more references than there are does no harm: Babel counts those in a function again when that
 * is moved.
 */
function withoutSurplus(known: Names[], found: Names[]): Names[] {
  return known.map((names, index) =>
    Object.fromEntries(
      Object.entries(names).map(([name, binding]) => {
        const references = Math.min(binding.references, found[index]?.[name]?.references ?? 0);
        return [name, { ...binding, references }];
      }),
    ),
  );
}

function namesAfterEdits(babel: Babel, code: string, plan: MarkedPlan): { known: Names[]; found: Names[] } {
  let known: Names[] = [];
  let found: Names[] = [];
  const look = {
    pre({ path }: BabelFile) {
      known = allNames(path);
      path.scope.crawl();
      found = allNames(path);
    },
    visitor: {},
  };
  babel.transformSync(code, {
    filename: 'input.js',
    babelrc: false,
    configFile: false,
    sourceType: plan.format === 'esm' ? 'module' : 'script',
    plugins: [planPlugin(plan), () => look],
  });
  return { known, found };
}

describe.each(BABELS)('%s', (_, babel) => {
  // A function that is the body of an `if` gets a block, for Babel a scope of its own.
  const cases = CASES.filter(({ code }) => !code.includes('if (true) function'));

  test.each(cases)('$name', ({ code, format, edits }) => {
    const ids = edits.flatMap(edit => edit.handler ?? []);
    const plan = { format, edits, handlers: Object.fromEntries(ids.map(id => [id, {}])) };
    const { known, found } = namesAfterEdits(babel, code, plan);
    expect(Object.keys(found[0] ?? {}).length).toBeGreaterThan(0);
    expect(withoutSurplus(known, found)).toEqual(found);
  });
});
