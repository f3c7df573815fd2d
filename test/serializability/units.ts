/**
 * The promise for programs with stages: for the shared state, every run equals one in which the units ran one after another.
 *
 * Units are tasks without the stages that are units of their own. In an order of units, each comes after those whose accesses
 * it has seen or undone. So there is one exactly if no unit comes before itself, by accesses of which one is a write.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import type { Plan } from '../../src/plan/plan.js';
import { emit, planOf } from './compile.js';
import { interleave, isolatedRuntime, type TaskCall } from './run.js';
import { type Breakage, type Search, searchFor } from './search.js';
import { type RenderedStages, renderStages, type StageProgram, stageProgram } from './stage-program.js';

const INTERLEAVINGS = 6;

interface Unit {
  name: string;
  /** Those that must come after it. */
  before: Set<Unit>;
}

/** Follows which unit accesses what. */
export class Trace {
  private readonly context = new AsyncLocalStorage<Unit>();
  private readonly units: Unit[] = [];
  /** By place: who wrote it last, and who has read it since. */
  private readonly seen = new Map<string, { writer: Unit | null; readers: Set<Unit> }>();

  /** Runs a function, and all that it starts, as a unit of its own. */
  apart<T>(name: string, run: () => T): T {
    const unit = { name, before: new Set<Unit>() };
    this.units.push(unit);
    return this.context.run(unit, run);
  }

  private access(place: string, isWrite: boolean): void {
    const unit = this.context.getStore();
    if (!unit) return;
    const known = this.seen.get(place) ?? { writer: null, readers: new Set<Unit>() };
    this.seen.set(place, known);
    known.writer?.before.add(unit);
    if (!isWrite) {
      known.readers.add(unit);
      return;
    }
    for (const reader of known.readers) reader.before.add(unit);
    known.writer = unit;
    known.readers.clear();
  }

  object<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, key) => {
        this.access(String(key), false);
        return Reflect.get(object, key);
      },
      set: (object, key, value) => {
        this.access(String(key), true);
        return Reflect.set(object, key, value);
      },
    });
  }

  /** Whoever accesses the whole accesses all keys. */
  map(): unknown {
    const map = new Map<string, number>();
    const all = (isWrite: boolean): void => {
      for (const key of ['x', 'y']) this.access(`key ${key}`, isWrite);
    };
    const access = (key: string, isWrite: boolean): void => this.access(`key ${key}`, isWrite);
    return {
      get(key: string) {
        access(key, false);
        return map.get(key);
      },
      set(key: string, value: number) {
        access(key, true);
        map.set(key, value);
      },
      get size() {
        all(false);
        return map.size;
      },
      clear() {
        all(true);
        map.clear();
      },
    };
  }

  /** Units of which each must come before the next, and the last before the first; nothing if there is an order. */
  circle(): string | undefined {
    for (const unit of this.units) {
      const reached = new Map<Unit, Unit>();
      const next = [unit];
      for (const from of next)
        for (const to of from.before) {
          if (to === from || reached.has(to)) continue;
          reached.set(to, from);
          next.push(to);
        }
      if (!reached.has(unit)) continue;
      const path = [unit.name];
      for (let at = reached.get(unit) as Unit; at !== unit; at = reached.get(at) as Unit)
        path.unshift(at.name);
      return [unit.name, ...path].join(' before ');
    }
    return undefined;
  }
}

/** The emitted code with its state traced, and its separate stages run as units of their own. */
function traced(emitted: string, { sites }: RenderedStages, plan: Plan): string {
  const separate = new Set(
    plan.handlers.flatMap(({ stage }) =>
      (stage?.calls ?? []).filter(({ merged }) => !merged).map(({ at }) => `${at.line}:${at.column}`),
    ),
  );
  const isSeparate = (site: string): boolean => separate.has(sites[Number(site)] ?? '');
  return emitted
    .replace(/const box = (\{[^}]*\});/, 'const box = globalThis.trace.object($1);')
    .replace('const map = new Map();', 'const map = globalThis.trace.map();')
    .replace(/(?<!function )((?:os\d\.)?[sf]\d+\([kj], n, [kj], (\d+)\))/g, (call, _, site) =>
      isSeparate(site) ? `globalThis.trace.apart("stage ${site}", () => ${call})` : call,
    );
}

const key = fc.constantFrom('x' as const, 'y' as const);
const calls: fc.Arbitrary<TaskCall[]> = fc.array(
  fc.record({ handler: fc.nat(2), key, other: key, n: fc.nat(3) }),
  { minLength: 2, maxLength: 4 },
);

/** @throws with what is wrong, if anything is */
async function check(
  source: StageProgram,
  wanted: readonly TaskCall[],
  seed: number,
  { plan: damage = plan => plan, runtime = module => module }: Breakage,
): Promise<void> {
  const rendered = renderStages(source);
  const tasks = wanted.map(task => ({ ...task, handler: task.handler % rendered.handlers }));
  const plan = damage(planOf(rendered.code));
  const code = traced(emit(rendered.code, plan), rendered, plan);
  for (let i = 0; i < INTERLEAVINGS; i++) {
    const trace = new Trace();
    const found = await interleave(
      code,
      { ...rendered, observer: '' },
      tasks,
      seed + i,
      runtime(isolatedRuntime()),
      trace,
    );
    if ('stuck' in found) throw new Error(`with seed ${seed + i}, ${found.stuck} waits for ever`);
    const circle = trace.circle();
    if (circle) throw new Error(`with seed ${seed + i}: ${circle}`);
  }
}

/** Looks for a program with stages for which there is no order of its units. */
export function findUnordered(search: Search): Promise<string | undefined> {
  const { breakage = {} } = search;
  return searchFor<StageProgram>(
    {
      programs: stageProgram,
      calls,
      check: (source, wanted, interleaving) => check(source, wanted, interleaving, breakage),
      texts(source) {
        const rendered = renderStages(source);
        const plan = (breakage.plan ?? (same => same))(planOf(rendered.code));
        return { code: rendered.code, emitted: traced(emit(rendered.code, plan), rendered, plan) };
      },
    },
    search,
  );
}
