/**
 * The lock table against a naive reference, over random sequences of what can happen to it. A failure prints
 * the smallest program that shows it, and the seed and path that replay it: `{ seed, path }` goes into `trying` below.
 * `MODEL_PROGRAMS=20000` tries as many programs as that.
 */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import {
  begin,
  type Guard,
  guard,
  type KeyedNeed,
  type Needs,
  schedule,
  standAside,
  upgrade,
} from '../../runtime/index.js';
import { freshClass, idle, leftovers, type Occasion, occasion } from './occasions.js';
import { type Claim, conflicts, type Mode, ReferenceTable } from './reference.js';

afterEach(() => {
  jest.restoreAllMocks();
});

const wanted = process.env.MODEL_PROGRAMS;
/**
 * A machine that is busy tries fewer programs: when Jest ends a test that takes too long, nobody learns which
 * program it was.
 */
const timeLimit = wanted === undefined ? 40_000 : Number(wanted) * 1000;
const timeout = timeLimit + 20_000;

function trying(programs: number): { numRuns: number; interruptAfterTimeLimit: number } {
  return {
    numRuns: wanted === undefined ? programs : Number(wanted),
    interruptAfterTimeLimit: timeLimit,
  };
}

/** A section in the body of a handler (`guard`) is for classes only, and other calls do not find its task. */
type Form = 'section' | 'guard' | 'gate' | 'sync';

type Command =
  | { do: 'call'; claims: Claim[]; form: Form }
  | { do: 'end'; pick: number; fail: boolean }
  | { do: 'abort'; pick: number }
  | { do: 'nest'; pick: number; claims: Claim[] }
  | { do: 'upgrade'; pick: number }
  | { do: 'aside'; pick: number }
  | { do: 'back'; pick: number };

/** Classes A and B are taken as wholes; K as a whole or by key. */
const claim: fc.Arbitrary<Claim> = fc.oneof(
  fc.record({
    class: fc.constantFrom('A', 'B'),
    mode: fc.constantFrom<Mode>('shared', 'update', 'exclusive'),
  }),
  fc.record({ class: fc.constant('K'), mode: fc.constantFrom<Mode>('shared', 'exclusive') }),
  fc.record({ class: fc.constant('K'), key: fc.nat(2), mode: fc.constantFrom<Mode>('shared', 'exclusive') }),
);
const claims = fc.uniqueArray(claim, {
  minLength: 1,
  maxLength: 3,
  // A class as a whole and one of its keys may come together; the same thing twice may not.
  selector: ({ class: name, key }) => `${name}/${key}`,
});
const pick = fc.nat(30);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      claims,
      form: fc.constantFrom<Form>('section', 'section', 'guard', 'gate', 'sync'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), pick, fail: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('nest' as const), pick, claims }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('upgrade' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('aside' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('back' as const), pick }) },
);

/** One real task, and what can be told to it while it runs. */
interface RealTask {
  id: number;
  /** Whether other calls find the task, and a signal can end its wait. */
  isFound: boolean;
  claims: Claim[];
  abort: AbortController;
  result: Promise<unknown>;
  /** What it does next; it is asked for one thing at a time. */
  next: Occasion<() => Promise<unknown>>;
  /** Set while it stands aside. */
  aside: Occasion | null;
  isBusy: boolean;
  state: 'waiting' | 'running' | 'over';
}

/** The real table under classes of fresh names, driven in step with the reference. */
class Run {
  readonly reference = new ReferenceTable();
  readonly started: number[] = [];
  readonly tasks: RealTask[] = [];
  readonly names = new Map<string, string>();
  /** What each task asks for first. */
  private readonly first = new Map<number, Claim[]>();

  private needsOf(wanted: Claim[]): Needs {
    const of = (mode: Mode) =>
      wanted.filter(one => one.key === undefined && one.mode === mode).map(one => this.nameOf(one.class));
    const keyed: KeyedNeed[] = wanted
      .filter(one => one.key !== undefined)
      .map(one => ({ class: this.nameOf(one.class), mode: one.mode, keys: () => [one.key] }));
    return { shared: of('shared'), update: of('update'), exclusive: of('exclusive'), keyed };
  }

  /** Handlers of one program only have the same id: to find one among those of all programs would take ever longer. */
  private idOf(form: string): string {
    return `${form} of ${this.nameOf('A')}`;
  }

  private nameOf(name: string): string {
    const known = this.names.get(name) ?? freshClass();
    this.names.set(name, known);
    return known;
  }

  apply(command: Command): void {
    switch (command.do) {
      case 'call':
        this.call(command.claims, command.form);
        break;
      case 'end':
        this.onIdle(command.pick, this.tasks, task => {
          task.state = 'over';
          task.next.resolve(async () => {
            if (command.fail) throw new Error('as told');
            return 'over';
          });
          this.reference.release(task.id);
        });
        break;
      case 'abort': {
        const waiting = this.tasks.filter(
          task => this.reference.isWaiting(task.id) && task.state === 'waiting' && task.isFound,
        );
        const task = waiting[command.pick % waiting.length];
        if (task === undefined) break;
        task.state = 'over';
        task.abort.abort();
        this.reference.giveUp(task.id);
        break;
      }
      case 'nest':
        this.onIdle(command.pick, this.tasks.filter(isFound), task => {
          const inner = schedule(this.idOf('inner'), async () => 'inner', this.needsOf(command.claims));
          this.order(task, () => inner());
          const missing = command.claims.filter(one => !this.covers(task, one));
          if (missing.length > 0) this.reference.requestLate(task.id, missing);
        });
        break;
      case 'upgrade':
        this.onIdle(command.pick, this.tasks.filter(isFound), task => {
          const held = this.reference.holds.get(task.id) ?? [];
          const update = held.find(one => one.mode === 'update');
          if (update === undefined) return;
          this.order(task, async () => upgrade(this.nameOf(update.class)));
          if (held.some(one => one.class === update.class && one.mode === 'exclusive')) return;
          this.reference.requestLate(task.id, [{ ...update, mode: 'exclusive' }]);
        });
        break;
      case 'aside':
        this.onIdle(command.pick, this.tasks.filter(isFound), task => {
          const aside = occasion();
          task.aside = aside;
          this.order(task, () => standAside(aside.promise));
          task.claims = this.reference.holds.get(task.id) ?? [];
          this.reference.release(task.id);
        });
        break;
      case 'back': {
        const away = this.tasks.filter(task => task.aside !== null);
        const task = away[command.pick % away.length];
        if (task === undefined) break;
        task.aside?.resolve();
        task.aside = null;
        this.reference.comeBack(task.id, task.claims);
      }
    }
  }

  private call(wanted: Claim[], wantedForm: Form): void {
    const form =
      wanted.some(({ key }) => key !== undefined) && wantedForm === 'guard' ? 'section' : wantedForm;
    const isSection = form === 'section' || form === 'guard';
    const id = this.tasks.length;
    const abort = new AbortController();
    const task: RealTask = {
      id,
      isFound: form !== 'guard',
      claims: wanted,
      abort,
      result: Promise.resolve(),
      next: occasion<() => Promise<unknown>>(),
      aside: null,
      isBusy: false,
      state: 'waiting',
    };
    this.tasks.push(task);
    this.first.set(id, wanted);
    const needs = { ...this.needsOf(wanted), signal: () => abort.signal };
    const begin = () => {
      this.started.push(id);
      task.state = isSection ? 'running' : 'over';
    };
    const section = async () => {
      begin();
      for (;;) {
        const action = await task.next.promise;
        if (task.state === 'over') return action();
        task.next = occasion();
        task.isBusy = true;
        await action();
        task.isBusy = false;
      }
    };
    const fn =
      form === 'guard'
        ? () => inSection(guard(this.idOf('section'), this.needsOf(wanted)), section)
        : form === 'section'
          ? schedule(this.idOf('section'), section, { ...needs, carriesTask: true })
          : schedule(this.idOf(form), begin, form === 'gate' ? { ...needs, gate: true } : needs);
    this.reference.request({ id, claims: wanted, isInstant: !isSection });
    task.result = Promise.resolve(fn()).catch((error: unknown) => error);
  }

  private order(task: RealTask, action: () => Promise<unknown>): void {
    task.isBusy = true;
    task.next.resolve(action);
  }

  private onIdle(number: number, tasks: RealTask[], action: (task: RealTask) => void): void {
    const able = tasks.filter(task => task.state === 'running' && !task.isBusy);
    const task = able[number % able.length];
    if (task !== undefined) action(task);
  }

  /** Whether what a task holds includes `wanted`, so that a nested call does not take it. */
  private covers(task: RealTask, wanted: Claim): boolean {
    const order: Mode[] = ['shared', 'update', 'exclusive'];
    const held = this.reference.holds.get(task.id) ?? [];
    return held.some(
      own =>
        own.class === wanted.class &&
        (own.key === undefined || own.key === wanted.key) &&
        order.indexOf(own.mode) >= order.indexOf(wanted.mode),
    );
  }

  /** Which tasks run, are idle, and wait must be the same on both sides. */
  check(): void {
    expect([...this.started].sort()).toEqual([...this.reference.started].filter(isFirst).sort());
    for (const task of this.tasks) {
      if (task.state !== 'running') continue;
      const { id } = task;
      const isHeldUp =
        this.reference.isWaitingLate(id) || this.reference.isWaiting(id) || task.aside !== null;
      expect({ id, isBusy: task.isBusy }).toEqual({ id, isBusy: isHeldUp });
    }
  }

  /** Tasks that conflict have started in the same order; others may have started at once. */
  private checkOrder(): void {
    const expected = this.reference.started.filter(isFirst);
    const place = new Map(expected.map((id, index) => [id, index]));
    for (const [index, id] of this.started.entries()) {
      for (const later of this.started.slice(index + 1)) {
        if (!conflicts(this.first.get(id) ?? [], this.first.get(later) ?? [])) continue;
        expect({ id, later, isBefore: (place.get(id) ?? 0) < (place.get(later) ?? 0) }).toMatchObject({
          isBefore: true,
        });
      }
    }
  }

  /** Ends everything that is still open. */
  async end(): Promise<void> {
    for (let left = this.tasks.length * 3; left > 0 && this.tasks.some(isOpen); left--) {
      this.apply({ do: 'back', pick: 0 });
      this.apply({ do: 'end', pick: 0, fail: false });
      await idle();
      this.check();
    }
    expect(this.tasks.map(task => task.state)).toEqual(this.tasks.map(() => 'over'));
    this.checkOrder();
    await Promise.all(this.tasks.map(task => task.result));
  }
}

function isFound(task: RealTask): boolean {
  return task.isFound;
}

function isOpen(task: RealTask): boolean {
  return task.state !== 'over';
}

/** A task that comes back starts a second time in the reference. */
function isFirst(id: number, index: number, ids: number[]): boolean {
  return ids.indexOf(id) === index;
}

/** The process may be warned of something else meanwhile. */
function isDeadlock(options: unknown): boolean {
  return (options as { code?: string } | undefined)?.code === 'ANYSPEED_DEADLOCK';
}

describe('the lock table behaves as the reference', () => {
  test(
    'in every order of calls, ends, aborts, nested calls, upgrades and standing aside',
    async () => {
      const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      let cycles = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 60, size: 'max' }), async commands => {
          warning.mockClear();
          const run = new Run();
          for (const each of commands) {
            run.apply(each);
            await idle();
            run.check();
          }
          await run.end();
          const reports = warning.mock.calls.filter(([, options]) => isDeadlock(options));
          expect(reports).toHaveLength(run.reference.broken);
          cycles += run.reference.broken;
          expect(leftovers([...run.names.values()])).toEqual([]);
        }),
        trying(150),
      );
      // The property would be worth less if the commands never led to a deadlock.
      expect(cycles).toBeGreaterThan(0);
    },
    timeout,
  );
});

describe('whatever the order in which work is done', () => {
  test(
    'conflicting sections never overlap, and every call is answered',
    async () => {
      const work = fc.record({ claims, steps: fc.nat(3), form: fc.constantFrom('schedule', 'guard') });
      await fc.assert(
        fc.asyncProperty(
          fc.scheduler(),
          fc.array(work, { minLength: 2, maxLength: 12, size: 'max' }),
          async (order, works) => {
            const names = new Map(['A', 'B', 'K'].map(name => [name, freshClass()]));
            const open: Claim[][] = [];
            const calls = works.map(({ claims: wanted, steps, form }) => {
              const whole = wanted.filter(({ key }) => key === undefined);
              const of = (mode: Mode) =>
                whole.filter(one => one.mode === mode).map(one => names.get(one.class) as string);
              const keyed = wanted
                .filter(({ key }) => key !== undefined)
                .map(one => ({
                  class: names.get(one.class) as string,
                  mode: one.mode,
                  keys: () => [one.key],
                }));
              const needs = { shared: of('shared'), update: of('update'), exclusive: of('exclusive'), keyed };
              const body = async () => {
                for (const others of open) expect(conflicts(wanted, others)).toBe(false);
                open.push(wanted);
                for (let step = 0; step < steps; step++) await order.schedule(Promise.resolve());
                open.splice(open.indexOf(wanted), 1);
              };
              // A guard holds one key at most.
              if (form === 'schedule' || keyed.length > 1) return schedule('work', body, needs)();
              return underGuard(guard('work', needs), keyed[0]?.keys()[0], body);
            });
            await order.waitFor(Promise.all(calls));
            expect(open).toEqual([]);
            await idle();
            expect(leftovers([...names.values()])).toEqual([]);
          },
        ),
        trying(100),
      );
    },
    timeout,
  );
});

async function underGuard(own: Guard, keyValue: unknown, body: () => Promise<void>): Promise<void> {
  const key = keyValue === undefined ? null : own.key(keyValue);
  const waiting = key === null ? own.enter() : own.enterKey(key);
  if (waiting !== undefined) await waiting;
  try {
    await body();
  } finally {
    if (key === null) own.leave();
    else own.leaveKey(key);
  }
}

async function inSection(own: Guard, body: () => Promise<unknown>): Promise<unknown> {
  const section = begin(own);
  if (section.enter()) await section.turn;
  try {
    return await body();
  } finally {
    section.leave();
  }
}
