/** The ways in which a transform can be wrong: what each of them does to a plan, or to the runtime that its code gets. */

import { AsyncResource } from 'node:async_hooks';
import type { Needs } from '../../runtime/index.js';
import type { KeyedNeed } from '../../runtime/needs.js';
import type { Edit } from '../../src/plan/edit.js';
import type { LockMode, Plan, PlannedHandler } from '../../src/plan/plan.js';
import { carryingProgram } from './carrying-program.js';
import { growingProgram } from './growing-program.js';
import { keyedProgram } from './keyed-program.js';
import { momentaryProgram } from './momentary-program.js';
import type { RuntimeModule } from './run.js';
import type { Breakage } from './search.js';
import { soughtProgram } from './sought-program.js';
import { updateProgram } from './update-program.js';

type PlaceSection = Extract<Edit, { kind: 'place-section' }>;

export const withEdits = (plan: Plan, change: (edits: Edit[]) => Edit[]): Plan => ({
  ...plan,
  modules: plan.modules.map(module => ({ ...module, edits: change(module.edits) })),
});

const withSections = (plan: Plan, change: (section: PlaceSection) => Partial<PlaceSection>): Plan =>
  withEdits(plan, edits =>
    edits.map(edit => (edit.kind === 'place-section' ? { ...edit, ...change(edit) } : edit)),
  );

export const without = (plan: Plan, kind: RegExp): Plan =>
  withEdits(plan, edits => edits.filter(edit => !kind.test(edit.kind)));

export const withHandlers = (
  plan: Plan,
  change: (handler: PlannedHandler) => Partial<PlannedHandler>,
): Plan => ({
  ...plan,
  handlers: plan.handlers.map(handler => ({ ...handler, ...change(handler) })),
});

type Section = {
  enter(): boolean;
  write(): boolean;
  grow(step: number): boolean;
  leave(): void;
  turn: Promise<void> | undefined;
};

/** The runtime with sections that behave otherwise. */
export const withSection = (runtime: RuntimeModule, change: (section: Section) => void): RuntimeModule => ({
  ...runtime,
  begin(guard: unknown) {
    const section = (runtime.begin as (guard: unknown) => Section)(guard);
    change(section);
    return section;
  },
});

/** Made where no task is running. */
const outside = new AsyncResource('outside of all tasks');

/** The runtime with other keys. */
const withKeys = (runtime: RuntimeModule, change: (keyed: KeyedNeed) => KeyedNeed): RuntimeModule => {
  const changed =
    (make: unknown) =>
    (...args: unknown[]): unknown => {
      const needs = args.at(-1) as Needs;
      const keyed = needs.keyed ? { keyed: needs.keyed.map(change) } : {};
      return (make as (...args: unknown[]) => unknown)(...args.slice(0, -1), { ...needs, ...keyed });
    };
  return {
    ...runtime,
    guard: changed(runtime.guard),
    schedule: changed(runtime.schedule),
    scheduleMethod: changed(runtime.scheduleMethod),
  };
};

export const BREAKAGES: Record<string, Breakage> = {
  'sections are not entered': {
    runtime: runtime =>
      withSection(runtime, section => {
        section.enter = () => false;
      }),
  },
  'a turn is not awaited': {
    runtime: runtime =>
      withSection(runtime, section => {
        const enter = section.enter.bind(section);
        section.enter = () => {
          enter();
          return false;
        };
      }),
  },
  'sections are never left': {
    runtime: runtime =>
      withSection(runtime, section => {
        section.leave = () => {};
      }),
  },
  'sections are left as soon as they are entered': {
    plan: plan => withSections(plan, ({ enters }) => ({ leaves: enters })),
  },
  'sections are entered on one path only': {
    plan: plan =>
      withSections(plan, ({ enters, writes }) => {
        const [last] = enters.slice(-1);
        // Before it is entered, no section goes on to writing.
        return last ? { enters: [last], writes: writes.filter(({ start }) => start >= last.start) } : {};
      }),
  },
  'promises that are handed on are not waited for': {
    plan: plan => withSections(plan, () => ({ settling: [] })),
  },
  'gates are open': { runtime: runtime => ({ ...runtime, mustWait: () => false }) },
  'sections hold nothing': {
    plan: plan =>
      withHandlers(plan, ({ protection }) => (protection === 'section' ? { protection: 'gate' } : {})),
  },
  'writers hold what readers hold': {
    plan: plan =>
      withHandlers(plan, ({ classes }) => ({
        classes: classes.map(held => ({ ...held, mode: 'shared' as LockMode })),
      })),
  },
  'only the first class is held': {
    plan: plan => withHandlers(plan, ({ classes }) => ({ classes: classes.slice(0, 1) })),
  },
  'one more class has no lock, beside those that each section is through with in one segment': {
    among: momentaryProgram,
    plan: plan => withHandlers(plan, ({ classes }) => ({ classes: classes.slice(1) })),
  },
  'only the first key is held': {
    among: keyedProgram,
    plan: plan =>
      withHandlers(plan, ({ classes }) => ({
        classes: classes.map(held => (held.keys ? { ...held, keys: held.keys.slice(0, 1) } : held)),
      })),
  },
  'all keys are held by another name': {
    among: keyedProgram,
    runtime: runtime =>
      withKeys(runtime, keys => ({
        ...keys,
        keys: (...values: never[]) => [...keys.keys(...values)].map(() => ({})),
      })),
  },
  'keys and the whole do not meet': {
    among: keyedProgram,
    runtime: runtime => withKeys(runtime, keys => ({ ...keys, class: `${keys.class} by key` })),
  },
  'a key is held by those who need the whole, or do not know their keys': {
    among: keyedProgram,
    plan: plan =>
      withHandlers(plan, ({ classes }) => ({
        classes: classes.map(held =>
          held.notKeyed ? { ...held, keys: [{ is: 'parameter', index: 0, name: 'k' }] } : held,
        ),
      })),
  },
  'lists that are searched are held by another key': {
    among: soughtProgram,
    plan: plan =>
      withHandlers(plan, ({ classes }) => ({
        classes: classes.map(held =>
          held.keys && /orders|object/.test(held.class)
            ? { ...held, keys: [{ is: 'parameter', index: 1, name: 'n' }] }
            : held,
        ),
      })),
  },
  'readers are not waited for before the first write': {
    among: updateProgram,
    runtime: runtime =>
      withSection(runtime, section => {
        section.write = () => false;
      }),
  },
  'the turn to write is not awaited': {
    among: updateProgram,
    runtime: runtime =>
      withSection(runtime, section => {
        const write = section.write.bind(section);
        section.write = () => {
          write();
          return false;
        };
      }),
  },
  'sections go on to writing on one path only': {
    among: updateProgram,
    plan: plan => withSections(plan, ({ writes }) => ({ writes: writes.slice(-1) })),
  },
  'sections go on to writing when they are left': {
    among: updateProgram,
    plan: plan => withSections(plan, ({ writes, leaves }) => ({ writes: writes.length > 0 ? leaves : [] })),
  },
  'later steps are not taken': {
    among: growingProgram,
    runtime: runtime =>
      withSection(runtime, section => {
        section.grow = () => false;
      }),
  },
  'the turn of a later step is not awaited': {
    among: growingProgram,
    runtime: runtime =>
      withSection(runtime, section => {
        const grow = section.grow.bind(section);
        section.grow = step => {
          grow(step);
          return false;
        };
      }),
  },
  'later steps are taken on one path only': {
    among: growingProgram,
    plan: plan =>
      withSections(plan, ({ grows }) => (grows ? { grows: grows.map(spans => spans.slice(-1)) } : {})),
  },
  'sections do not find the task that they are called in': {
    among: carryingProgram,
    runtime: runtime => ({
      ...runtime,
      begin: (guard: unknown) =>
        outside.runInAsyncScope(() => (runtime.begin as (guard: unknown) => unknown)(guard)),
    }),
  },
  'sections inside of tasks take nothing': {
    among: carryingProgram,
    runtime: runtime => ({
      ...runtime,
      guard(...args: unknown[]) {
        const guard = (runtime.guard as (...args: unknown[]) => object)(...args);
        return Object.assign(guard, { takeInside: () => true });
      },
    }),
  },
  'handlers that are protected as a whole are not': { plan: plan => without(plan, /^wrap/) },
  'handlers wait for what their own task holds': { plan: plan => without(plan, /^call-unscheduled$/) },
};
