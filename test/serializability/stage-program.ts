/**
 * Random programs whose handlers call stages: before their own accesses, between them and after them, in loops and branches, from
 * other stages, as values, and without anybody waiting for them.
 *
 * Such a program does not equal one in which its tasks run one after another: its units do (docs/semantics.md). Which unit
 * makes an access is seen by tracing it, so all state is in objects that can be traced.
 */
import fc from 'fast-check';

type Place = (typeof PLACES)[number];
const PLACES = ['box.a', 'box.b', 'box.c', 'box.d', 'map(k)', 'map(j)', 'map(all)'] as const;

const READS: Record<Place, string> = {
  'box.a': 'box.a',
  'box.b': 'box.b',
  'box.c': 'box.c',
  'box.d': 'box.d',
  'map(k)': '(map.get(k) ?? 0)',
  'map(j)': '(map.get(j) ?? 0)',
  'map(all)': 'map.size',
};
const WRITES: Record<Place, (value: string) => string> = {
  'box.a': value => `box.a = ${value};`,
  'box.b': value => `box.b = ${value};`,
  'box.c': value => `box.c = ${value};`,
  'box.d': value => `box.d = ${value};`,
  'map(k)': value => `map.set(k, ${value});`,
  'map(j)': value => `map.set(j, ${value});`,
  'map(all)': () => 'map.clear();',
};

/** How a stage is called, and by whom its promise is awaited. */
const WAYS = [
  'await',
  'await',
  'await',
  'keep',
  'float',
  'value',
  'helper',
  'return',
  'all',
  'late',
] as const;

export type StageStmt =
  | { s: 'read'; place: Place }
  /** Writes what was read last, and one more. */
  | { s: 'write'; place: Place }
  | { s: 'pause' }
  | { s: 'stage'; stage: number; way: (typeof WAYS)[number]; swaps: boolean }
  /** Waits for the promises that were kept. */
  | { s: 'join' }
  | { s: 'if'; yes: StageStmt[]; no: StageStmt[] }
  | { s: 'loop'; body: StageStmt[] }
  | { s: 'try'; body: StageStmt[]; last: StageStmt[] };

export interface StageUnit {
  form: 'declaration' | 'arrow' | 'method';
  isAsync: boolean;
  body: StageStmt[];
}

export interface StageProgram {
  handlers: StageUnit[];
  stages: StageUnit[];
}

const place = fc.constantFrom(...PLACES);
const pause: fc.Arbitrary<StageStmt> = fc.constant({ s: 'pause' });
const stage: fc.Arbitrary<StageStmt> = fc.record({
  s: fc.constant('stage' as const),
  stage: fc.nat(2),
  way: fc.constantFrom(...WAYS),
  swaps: fc.boolean(),
});
const access: fc.Arbitrary<StageStmt> = fc.oneof(
  fc.record({ s: fc.constant('read' as const), place }),
  fc.record({ s: fc.constant('write' as const), place }),
);

const { body } = fc.letrec<{ stmt: StageStmt; body: StageStmt[] }>(tie => ({
  stmt: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'stage stmt' },
    { weight: 5, arbitrary: access },
    { weight: 2, arbitrary: pause },
    { weight: 5, arbitrary: stage },
    { weight: 1, arbitrary: fc.constant<StageStmt>({ s: 'join' }) },
    { weight: 1, arbitrary: fc.record({ s: fc.constant('if' as const), yes: tie('body'), no: tie('body') }) },
    { weight: 1, arbitrary: fc.record({ s: fc.constant('loop' as const), body: tie('body') }) },
    {
      weight: 1,
      arbitrary: fc.record({ s: fc.constant('try' as const), body: tie('body'), last: tie('body') }),
    },
  ),
  body: fc.array(tie('stmt'), { minLength: 1, maxLength: 5 }),
}));

/** A read, a suspension and a write of the same: what needs a section. */
const update: fc.Arbitrary<StageStmt[]> = place.map(where => [
  { s: 'read', place: where },
  { s: 'pause' },
  { s: 'write', place: where },
]);

const unit = (of: fc.Arbitrary<StageStmt[]>, asyncs: number): fc.Arbitrary<StageUnit> =>
  fc.record({
    form: fc.constantFrom('declaration', 'arrow', 'method'),
    isAsync: fc.oneof(
      { weight: asyncs, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    body: of,
  });

const anyProgram: fc.Arbitrary<StageProgram> = fc.record({
  handlers: fc.array(
    unit(
      fc.oneof(
        body,
        fc.tuple(access, stage, access).map(list => [...list]),
        fc.tuple(update, stage).map(([first, last]) => [...first, last]),
      ),
      8,
    ),
    { minLength: 1, maxLength: 3 },
  ),
  stages: fc.array(unit(fc.oneof(update, update, body), 6), { minLength: 1, maxLength: 3 }),
});

/** One that takes late what another takes together with what the first one holds. */
const lateProgram: fc.Arbitrary<StageProgram> = fc
  .tuple(fc.shuffledSubarray([...PLACES.slice(0, 4)], { minLength: 2, maxLength: 2 }), unit(body, 8))
  .map(([[held, taken], other]) => {
    const updateOf = (...places: (Place | undefined)[]): StageStmt[] => [
      ...places.map(where => ({ s: 'read' as const, place: where as Place })),
      { s: 'pause' },
      ...places.map(where => ({ s: 'write' as const, place: where as Place })),
    ];
    const [first, , last] = updateOf(held) as [StageStmt, StageStmt, StageStmt];
    const call: StageStmt = { s: 'stage', stage: 0, way: 'await', swaps: false };
    const declared = { form: 'declaration' as const, isAsync: true };
    return {
      handlers: [
        { ...declared, body: [first, { s: 'pause' }, call, last] },
        { ...declared, body: updateOf(held, taken) },
        other,
      ],
      stages: [{ ...declared, body: updateOf(taken) }],
    };
  });

export const stageProgram: fc.Arbitrary<StageProgram> = fc.oneof(
  { weight: 4, arbitrary: anyProgram },
  { weight: 1, arbitrary: lateProgram },
);

export interface RenderedStages {
  code: string;
  /** By number of a call: where it is, as `line:column`. */
  sites: string[];
  handlers: number;
}

/** The text of a program. Each call of a stage stands in a line of its own, with its number as the last argument. */
export function renderStages({ handlers, stages }: StageProgram): RenderedStages {
  const rendering = new Rendering(stages);
  const parts = [
    "const { setTimeout: pause } = require('node:timers/promises');",
    'const box = { a: 0, b: 0, c: 0, d: 0 };',
    'const map = new Map();',
    ...stages.map((one, index) => rendering.unit(one, `s${index}`, index)),
    ...handlers.map((one, index) => rendering.unit(one, `h${index}`, -1)),
    `module.exports = { ${handlers.map(({ form }, i) => `h${i}: ${nameOf(form, `h${i}`)}`).join(', ')} };`,
  ];
  const code = `${parts.join('\n')}\n`;
  const sites: string[] = [];
  code.split('\n').forEach((line, index) => {
    for (const found of line.matchAll(/(?:o?s\d\.)?\w+\([kj], \w+, [kj], (\d+)\)/g))
      if (!line.includes('function ')) sites[Number(found[1])] = `${index + 1}:${found.index}`;
  });
  return { code, sites, handlers: handlers.length };
}

const nameOf = (form: StageUnit['form'], name: string): string =>
  form === 'method' ? `o${name}.${name}` : name;

class Rendering {
  private calls = 0;
  private names = 0;
  private isAsync = true;
  private caller = -1;
  private last = 'n';

  constructor(private readonly stages: readonly StageUnit[]) {}

  unit({ form, isAsync, body }: StageUnit, name: string, index: number): string {
    this.isAsync = isAsync;
    this.caller = index;
    this.last = 'n';
    const directive = index >= 0 ? "'use stage';\n" : '';
    const kept = body.length > 0 ? 'const kept = [];\n' : '';
    const block = `{\n${directive}${kept}${this.statements(body)}return n;\n}`;
    const async = isAsync ? 'async ' : '';
    const params = index >= 0 ? '(k, n, j, site)' : '(k, n, j)';
    if (form === 'declaration') return `${async}function ${name}${params} ${block}`;
    if (form === 'arrow') return `const ${name} = ${async}${params} => ${block};`;
    return `const o${name} = { ${async}${name}${params} ${block} };`;
  }

  private statements(list: readonly StageStmt[]): string {
    const outer = this.last;
    const text = list.map(stmt => this.statement(stmt)).join('');
    this.last = outer;
    return text;
  }

  private statement(stmt: StageStmt): string {
    switch (stmt.s) {
      case 'read': {
        this.last = `r${++this.names}`;
        return `const ${this.last} = ${READS[stmt.place]};\n`;
      }
      case 'write':
        return `${WRITES[stmt.place](`${this.last} + 1`)}\n`;
      case 'pause':
        return this.isAsync ? 'await pause();\n' : '';
      case 'join':
        return this.isAsync ? 'await Promise.all(kept);\n' : '';
      case 'if':
        return `if (n % 2) {\n${this.statements(stmt.yes)}} else {\n${this.statements(stmt.no)}}\n`;
      case 'loop':
        return `for (let i${++this.names} = 0; i${this.names} < 2; i${this.names}++) {\n${this.statements(stmt.body)}}\n`;
      case 'try':
        return `try {\n${this.statements(stmt.body)}} finally {\n${this.statements(stmt.last)}}\n`;
      case 'stage':
        return this.call(stmt);
    }
  }

  /** Stages call those before them, so that every program ends. */
  private call({ stage, way, swaps }: Extract<StageStmt, { s: 'stage' }>): string {
    const index = this.caller < 0 ? stage % this.stages.length : stage;
    const called = this.stages[index];
    if (!called || (this.caller >= 0 && index >= this.caller)) return '';
    const name = nameOf(called.form, `s${index}`);
    const args = `${swaps ? 'j, n, k' : 'k, n, j'}, ${this.calls++}`;
    const call = `${name}(${args})`;
    // By work that nobody waits for, when whoever has started it is through with its segment.
    if (way === 'late') return `(async () => {\nawait pause();\nawait\n${call};\n})();\n`;
    if (!this.isAsync) return way === 'return' ? `return ${call};\n` : `${call};\n`;
    switch (way) {
      case 'await':
        return `await ${call};\n`;
      case 'keep':
        return `kept.push(\n${call}\n);\n`;
      case 'float':
        return `${call};\n`;
      case 'value': {
        const value = `f${++this.names}`;
        return called.form === 'method'
          ? `await ${call};\n`
          : `const ${value} = ${name};\nawait ${value}(${args});\n`;
      }
      case 'helper': {
        const helper = `f${++this.names}`;
        return `const ${helper} = () =>\n${call};\nawait ${helper}();\n`;
      }
      case 'return':
        return `if (n > 1) return ${call};\n`;
      case 'all':
        return `await Promise.all([\n${call},\nmap.size\n]);\n`;
    }
  }
}
