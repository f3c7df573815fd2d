/**
 * Classes without a lock of their own: whoever excludes another one on them does so on those that are kept, and a program in
 * which all are locked lets the same runs in, in the same order.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { begin, guard, mustWait, type Needs, turn } from '../../runtime/index.js';
import type { Decision } from '../../src/conflicts/classes.js';
import type { ClassKeys } from '../../src/keys/refine.js';
import { type Covered, findCovered } from '../../src/sections/covered.js';
import type { SectionForm } from '../../src/sections/forms.js';
import { freshClass, idle } from '../runtime/occasions.js';

const HANDLERS = 5;
const CLASSES = 5;

type Access = 'none' | 'read' | 'write' | 'read key' | 'write key';

interface Source {
  /** By handler. */
  kinds: ('section' | 'reads first' | 'gate')[];
  /** By handler, by class. */
  accesses: Access[][];
  /** By handler, by class: in which step a section takes it, 0 being its beginning. */
  steps: number[][];
}

const source: fc.Arbitrary<Source> = fc.record({
  kinds: fc.array(fc.constantFrom('section', 'reads first', 'gate'), {
    minLength: HANDLERS,
    maxLength: HANDLERS,
  }),
  accesses: fc.array(
    fc.array(
      fc.oneof(
        { weight: 2, arbitrary: fc.constant<Access>('none') },
        { weight: 3, arbitrary: fc.constant<Access>('read') },
        { weight: 3, arbitrary: fc.constant<Access>('write') },
        { weight: 1, arbitrary: fc.constantFrom<Access>('read key', 'write key') },
      ),
      { minLength: CLASSES, maxLength: CLASSES },
    ),
    { minLength: HANDLERS, maxLength: HANDLERS },
  ),
  steps: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(Array.from({ length: CLASSES }, () => 0)) },
      { weight: 1, arbitrary: fc.array(fc.nat(2), { minLength: CLASSES, maxLength: CLASSES }) },
    ),
    { minLength: HANDLERS, maxLength: HANDLERS },
  ),
});
/** The same in which all take everything at once. */
const inOneStep = source.map(of => ({ ...of, steps: of.steps.map(own => own.map(() => 0)) }));

const writes = (access: Access | undefined): boolean => access?.startsWith('write') === true;
const takesKeys = (access: Access | undefined): boolean => access?.endsWith('key') === true;
/** Sections that hold keys do not begin by reading. */
const readsFirst = ({ kinds, accesses }: Source, handler: number): boolean =>
  kinds[handler] === 'reads first' && !accesses[handler]?.some(takesKeys);

/** Classes that nobody writes are none. */
const isClass = ({ accesses }: Source, index: number): boolean => accesses.some(own => writes(own[index]));

function coveredIn(of: Source): Covered {
  const decisions = of.accesses.map(own => ({
    classes: own.flatMap((access, index) =>
      access === 'none' || !isClass(of, index) ? [] : [{ class: index, write: writes(access) }],
    ),
  }));
  const forms = of.kinds.map((_, handler) => ({
    form: 'body',
    placement: {
      writes: readsFirst(of, handler) ? [1] : [],
      grows: [1, 2].map(step => ({
        classes: classesOf(of).filter(
          index => of.accesses[handler]?.[index] !== 'none' && stepOf(of, handler, index) === step,
        ),
        before: [1],
      })),
    },
  }));
  const keys = of.accesses.map(
    own => new Map(own.flatMap((access, index) => (takesKeys(access) ? [[index, { keys: ['k'] }]] : []))),
  );
  return findCovered(
    { decisions: decisions as unknown as Decision[] },
    forms as unknown as SectionForm[],
    keys as unknown as ClassKeys,
  );
}

/** Sections that begin by reading take everything at once, as do gates. */
const stepOf = (of: Source, handler: number, index: number): number =>
  of.kinds[handler] === 'section' ? (of.steps[handler]?.[index] ?? 0) : 0;

/** Whether a handler has one class at the latest when it has the other. */
const isInTime = (of: Source, handler: number, one: number, other: number): boolean =>
  [0, stepOf(of, handler, other)].includes(stepOf(of, handler, one));

type Exclusion = 'never' | 'always' | 'since one writes' | 'since other writes';

/** How two holders exclude each other on a class, if they have the same key. */
function exclusion(of: Source, one: number, other: number, index: number): Exclusion {
  const [own, theirs] = [of.accesses[one]?.[index], of.accesses[other]?.[index]];
  if (own === 'none' || theirs === 'none' || (!writes(own) && !writes(theirs))) return 'never';
  if (writes(own) && writes(theirs)) return 'always';
  const writer = writes(own) ? one : other;
  if (!readsFirst(of, writer)) return 'always';
  return writer === one ? 'since one writes' : 'since other writes';
}

/** Whether two holders who exclude each other on a class do so on one of `kept`, from the same moment on. */
function isPairCovered(
  of: Source,
  one: number,
  other: number,
  covered: number,
  kept: readonly number[],
): boolean {
  const needed = exclusion(of, one, other, covered);
  if (needed === 'never') return true;
  return kept.some(index => {
    if (!isInTime(of, one, index, covered) || !isInTime(of, other, index, covered)) return false;
    if (takesKeys(of.accesses[one]?.[index]) && takesKeys(of.accesses[other]?.[index])) return false;
    const found = exclusion(of, one, other, index);
    return found === 'always' || found === needed;
  });
}

const handlers = Array.from({ length: HANDLERS }, (_, index) => index);
const isCoveredBy = (of: Source, covered: number, kept: readonly number[]): boolean =>
  handlers.every(one => handlers.every(other => isPairCovered(of, one, other, covered, kept)));

const classesOf = (of: Source): number[] =>
  Array.from({ length: CLASSES }, (_, index) => index).filter(index => isClass(of, index));

test('each pair that excludes each other on a class does so on one that is kept', () => {
  let found = 0;
  fc.assert(
    fc.property(source, of => {
      const covered = coveredIn(of);
      found += covered.size;
      const kept = classesOf(of).filter(index => !covered.has(index));
      for (const [index, byHolder] of covered) {
        expect(isCoveredBy(of, index, kept)).toBe(true);
        for (const [holder, covers] of byHolder) {
          // Those that are named for one holder are its own, and enough for its pairs.
          const isOwn = (cover: number): boolean =>
            kept.includes(cover) && of.accesses[holder]?.[cover] !== 'none';
          expect(covers.length > 0 && covers.every(isOwn)).toBe(true);
          expect(handlers.every(other => isPairCovered(of, holder, other, index, covers))).toBe(true);
        }
      }
    }),
    { numRuns: 2000 },
  );
  // Or this has tried little.
  expect(found).toBeGreaterThan(200);
});

test('no class is kept that the others cover', () => {
  fc.assert(
    fc.property(source, of => {
      const covered = coveredIn(of);
      const kept = classesOf(of).filter(index => !covered.has(index));
      for (const index of kept)
        expect(
          isCoveredBy(
            of,
            index,
            kept.filter(other => other !== index),
          ),
        ).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

type Step = { handler: number; key: 'x' | 'y'; act: 'enter' | 'write' | 'leave' };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    handler: fc.nat(HANDLERS - 1),
    key: fc.constantFrom('x' as const, 'y' as const),
    act: fc.constantFrom('enter' as const, 'enter' as const, 'write' as const, 'leave' as const),
  }),
  { minLength: 4, maxLength: 24 },
);

/** What happens in a lock table with these classes, step by step. Those whom one step lets in together come in any order. */
async function run(of: Source, locked: readonly number[], wanted: readonly Step[]): Promise<string[][]> {
  const names = Array.from({ length: CLASSES }, freshClass);
  const guards = of.accesses.map((own, handler) => {
    const named = (is: (access: Access) => boolean): string[] =>
      locked.filter(index => is(own[index] as Access)).map(index => names[index] as string);
    const keyed = locked
      .filter(index => takesKeys(own[index]))
      .map(index => ({
        class: names[index] as string,
        mode: writes(own[index]) ? ('exclusive' as const) : ('shared' as const),
        keys: (key: unknown) => [key],
      }));
    const needs: Needs = {
      [readsFirst(of, handler) ? 'update' : 'exclusive']: named(access => access === 'write'),
      shared: named(access => access === 'read'),
      ...(keyed.length > 0 ? { keyed } : {}),
      ...(of.kinds[handler] === 'gate' ? { gate: true } : {}),
    };
    return guard(`${names[0]} h${handler}`, needs);
  });
  let log: string[] = [];
  const all: string[][] = [];
  const settle = async (): Promise<void> => {
    await idle();
    all.push(log.sort());
    log = [];
  };
  const open: { name: string; section: ReturnType<typeof begin>; handler: number }[] = [];
  let runs = 0;
  for (const { handler, key, act } of wanted) {
    const own = guards[handler];
    if (act === 'enter') {
      const name = `${++runs}`;
      if (of.kinds[handler] === 'gate') {
        const waits = mustWait(own, key);
        log.push(`${name} ${waits ? 'waits at' : 'passes'} the gate`);
        if (waits) turn(own, key)?.then(() => log.push(`${name} passes`));
      } else {
        const section = begin(own);
        const enter = (): void => {
          log.push(`${name} is in`);
          open.push({ name, section, handler });
          // Those whom one step lets in together come in any order.
          open.sort((a, b) => Number(a.name) - Number(b.name));
        };
        if (section.enter(key)) section.turn?.then(enter);
        else enter();
      }
    } else {
      const index = open.findIndex(one => one.handler === handler);
      const [one] = index < 0 ? [] : act === 'leave' ? open.splice(index, 1) : [open[index]];
      if (act === 'leave') one?.section.leave();
      else if (one && readsFirst(of, handler)) {
        const waits = one.section.write();
        log.push(`${one.name} ${waits ? 'waits to write' : 'writes'}`);
        if (waits) {
          open.splice(index, 1);
          one.section.turn?.then(() => {
            log.push(`${one.name} writes`);
            open.push(one);
            open.sort((a, b) => Number(a.name) - Number(b.name));
          });
        }
      }
    }
    await settle();
  }
  for (let rounds = 0; rounds < 100 && open.length > 0; rounds++) {
    open.shift()?.section.leave();
    await settle();
  }
  return all;
}

/** Whether sections that begin by reading might wait for each other in a circle: such programs are not emitted. */
const mayCross = (of: Source): boolean => {
  const reading = handlers.filter(handler => readsFirst(of, handler));
  return reading.some(one =>
    reading.some(other =>
      of.accesses[one]?.some((access, index) => writes(access) && of.accesses[other]?.[index] === 'read'),
    ),
  );
};

test('the same runs are let in, in the same order, as if all were locked', async () => {
  await fc.assert(
    fc.asyncProperty(
      inOneStep.filter(of => !mayCross(of) && coveredIn(of).size > 0),
      steps,
      async (of, wanted) => {
        const covered = coveredIn(of);
        const all = classesOf(of);
        const kept = all.filter(index => !covered.has(index));
        expect(await run(of, kept, wanted)).toEqual(await run(of, all, wanted));
      },
    ),
    { numRuns: 300 },
  );
  // Each step waits for the event loop, and other tests keep the machine busy.
}, 60_000);
