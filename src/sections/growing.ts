/**
 * Growing: which sections take some of their classes in later steps, right before they first access them.
 *
 * ```js
 * async function order(cart) {            // holds `stock` from here on
 *   const left = stock.get(cart.sku);
 *   await pay(cart);                      // takes seconds; `journal` is free meanwhile
 *   const number = journal.length;        // takes `journal` before this
 *   await append(number);
 *   ...
 * ```
 *
 * A class is taken later if on every path the task suspends between the beginning of its section and its first access of the
 * class. Where, is found by the rules for the beginning: before the statement with the first access on each path, never inside
 * of a loop. Classes between whose points the task need not suspend are one step. Nothing is taken after something was given back,
 * as nothing is given back where an access is still to come. So each run still equals a serial one, in the order in which
 * sections have taken their last class:
 *
 * - What is accessed without a lock, put under a key that nobody else knows, or added to a list of which only keys are held, is so in
 *   one segment, and the order is that of these segments. So nothing is taken after it.
 *
 * Who takes a step holds something while it waits. It goes before all who hold nothing, as they may be waiting for it, and
 * waits for those who hold something of the step. That ends if late waits form no circle:
 *
 * - The steps of all sections, and those of stages that are called in the midst of a section, can be put in an order
 *   (`src/stages/order.ts`). A class whose step cannot be is taken at the beginning. So a stage that is called in the midst takes all at
 *   once: in the order its classes count as one.
 * - A section that goes on from reading to writing waits for those who read what it writes. None of these grows, and neither
 *   does it grow itself: in both modes of a class, it would wait twice.
 * - Nobody grows in a program in which code outside may call handlers in the middle of a section, as such tasks take what
 *   those need in any order, nor who may hold a lock of the program's own, which others wait for with classes in hands.
 */
import type { Conflicts, Decision } from '../conflicts/classes.js';
import { callersOf, reachableWithStages, reachedFrom } from '../conflicts/footprint.js';
import { type Functions, functionsOf } from '../conflicts/functions.js';
import type { Handler } from '../conflicts/handlers.js';
import type { Access, ResourceId } from '../effects/accesses.js';
import { type Instance, isAnyRunBy } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import { reachableFrom } from '../effects/reachable.js';
import type { FunctionIR } from '../ir/ir.js';
import type { ClassKeys } from '../keys/refine.js';
import { byKeys } from '../order/by-keys.js';
import { mayHoldOwnLock } from '../own-locks/find.js';
import { isInOrder, type LateStep } from '../stages/order.js';
import type { Separation } from '../stages/separate.js';
import type { Covered } from './covered.js';
import { BodyFlow } from './flow.js';
import type { SectionForm } from './forms.js';
import { firstPoints, type LaterClasses, type SectionPlacement } from './place.js';

/**
 * Gives later steps to those sections that may have some.
 * @param forms by handler, as are the keys: those that begin by reading are known
 */
export function growSections(
  program: PointsTo,
  handlers: readonly Handler[],
  conflicts: Conflicts,
  forms: readonly SectionForm[],
  keys: ClassKeys,
  separation: Separation,
): SectionForm[] {
  if (conflicts.mayTakeLate || forms.some(form => form.form === 'whole' && form.mayCallOthers))
    return [...forms];
  return new Growing(program, handlers, conflicts, forms, keys, separation).grow();
}

/** Without the steps that take nothing, as other classes cover what they would take. */
export function withoutCovered(forms: readonly SectionForm[], covered: Covered): SectionForm[] {
  return forms.map((form): SectionForm => {
    if (form.form !== 'body' || !form.placement.grows) return form;
    const { grows, ...placement } = form.placement;
    const kept = grows
      .map(({ classes, before }) => ({ classes: classes.filter(id => !covered.has(id)), before }))
      .filter(({ classes }) => classes.length > 0);
    return { ...form, placement: kept.length > 0 ? { ...placement, grows: kept } : placement };
  });
}

/** By index of a class: in which later step a section takes it, counted from 1; classes that it takes at its beginning are missing. */
export function stepsOf(form: SectionForm): Map<number, number> {
  const grows = form.form === 'body' ? (form.placement.grows ?? []) : [];
  return new Map(grows.flatMap(({ classes }, index) => classes.map(id => [id, index + 1] as const)));
}

/** In the place of a class: what is accessed without being held by anybody. */
const UNHELD = -1;

/** Where a function accesses what. */
interface Touched {
  /** By class: the statements that access it, by themselves. */
  own: Map<number, boolean[]>;
  /** The operations that access what is held by nobody. */
  unheld: Set<number>;
}

class Growing {
  private readonly classOf = new Map<ResourceId, number>();
  private readonly functions: Functions;
  private readonly steps: LateStep[];
  /** The classes that sections which begin by reading write. */
  private readonly updated = new Set<number>();

  constructor(
    program: PointsTo,
    private readonly handlers: readonly Handler[],
    private readonly conflicts: Conflicts,
    private readonly forms: readonly SectionForm[],
    private readonly keys: ClassKeys,
    separation: Separation,
  ) {
    conflicts.classes.forEach(({ resources, locked }, index) => {
      if (locked) for (const id of resources) this.classOf.set(id, index);
    });
    this.functions = functionsOf(program, handlers);
    this.steps = separation.lateCalls.map(({ caller, stage }) => ({
      held: this.needsOf(caller),
      taken: this.needsOf(stage),
    }));
    forms.forEach((form, index) => {
      if (form.form !== 'body' || form.placement.writes.length === 0) return;
      for (const { class: id, write } of this.decisionOf(index).classes) if (write) this.updated.add(id);
    });
  }

  grow(): SectionForm[] {
    return this.forms.map((form, index): SectionForm => {
      if (form.form !== 'body' || !this.mayGrow(index, form.placement)) return form;
      const grows = this.inOrder(index, this.possible(index, form.placement));
      return grows.length > 0 ? { ...form, placement: { ...form.placement, grows } } : form;
    });
  }

  private decisionOf(index: number): Decision {
    return this.conflicts.decisions[index] as Decision;
  }

  private needsOf(index: number): number[] {
    return this.decisionOf(index).classes.map(c => c.class);
  }

  private mayGrow(index: number, { isGate, writes }: SectionPlacement): boolean {
    const { classes } = this.decisionOf(index);
    if (isGate || writes.length > 0 || classes.length < 2) return false;
    if (classes.some(({ class: id, write }) => !write && this.updated.has(id))) return false;
    const { instances } = this.handlers[index] as Handler;
    return ![...reachableWithStages(instances)].some(mayHoldOwnLock);
  }

  /** The later steps of a section, as if there was no other, in the order of the text. */
  private possible(index: number, { enters }: SectionPlacement): LaterClasses[] {
    const { fn } = this.handlers[index] as Handler;
    const flow = new BodyFlow(fn);
    const atBeginning = flow.mayFollowAtOnce(new Set(enters));
    const isInside = flow.mayFollow(new Set(enters));
    if (isInside.every((inside, statement) => !inside || atBeginning[statement])) return [];
    const touched = this.touchedIn(index, fn, flow);
    const groups = this.needsOf(index).flatMap(id => {
      const own = touched.own.get(id);
      if (own === undefined) return [];
      const before = firstPoints(flow, own);
      const isLater = before.length > 0 && before.every(statement => !atBeginning[statement]);
      return isLater ? [{ classes: [id], own, before }] : [];
    });
    const afterUnheld = flow.mayHaveCome(touched.unheld);
    return together(flow, groups)
      .filter(({ before }) => before.every(statement => !afterUnheld[statement]))
      .sort(byKeys<LaterClasses>(({ before }) => before[0] as number));
  }

  private touchedIn(index: number, fn: FunctionIR, flow: BodyFlow): Touched {
    const owners: number[] = [];
    flow.forEachOp((_, operation, owner) => {
      owners[operation] = owner;
    });
    const touched: Touched = { own: new Map(), unheld: new Set() };
    const { footprints } = this.conflicts;
    const moments = this.momentsOf(index);
    for (const root of this.functions.get(fn)?.instances ?? []) {
      const reached = reachableFrom([root]);
      const callers = callersOf([...reached]);
      /** By class: the functions that access it. */
      const accessing = new Map<number, Set<Instance>>();
      const note = (operation: number, id: number): void => {
        if (id === UNHELD) {
          touched.unheld.add(operation);
          return;
        }
        const own = touched.own.get(id) ?? fn.statements.map(() => false);
        touched.own.set(id, own);
        own[owners[operation] as number] = true;
      };
      for (const { instance, access } of footprints.accessesOf(reached, [])) {
        const ids = [this.classOf.get(access.resource) ?? UNHELD, ...(moments.has(access) ? [UNHELD] : [])];
        for (const id of ids) {
          accessing.set(id, (accessing.get(id) ?? new Set()).add(instance));
          if (instance === root) note(access.op, id);
        }
      }
      for (const [id, instances] of accessing) {
        const touching = reachedFrom([...instances], callers);
        for (const [operation, record] of root.calls)
          if (isAnyRunBy(record, target => touching.has(target))) note(operation, id);
      }
    }
    return touched;
  }

  private momentsOf(index: number): Set<Access> {
    const found = new Set<Access>();
    for (const access of this.keys[index]?.values() ?? [])
      if (access.keys) for (const moment of access.moments) found.add(moment);
    return found;
  }

  /** Those of the steps of a section, one after the other, by which no circle of waits can come about. */
  private inOrder(index: number, possible: readonly LaterClasses[]): LaterClasses[] {
    if (possible.length === 0) return [];
    const flow = new BodyFlow((this.handlers[index] as Handler).fn);
    let accepted: LaterClasses[] = [];
    let steps: LateStep[] = [];
    for (const one of possible) {
      const tried = [...accepted, one];
      const own = this.lateSteps(index, flow, tried);
      // What is held at the beginning may be needed by those who have to wait for it: something must be left there.
      if (own[0]?.held.length === 0 || !isInOrder([...this.steps, ...own])) continue;
      [accepted, steps] = [tried, own];
    }
    this.steps.push(...steps);
    return accepted;
  }

  /** What is held, at most, when each step is taken. */
  private lateSteps(index: number, flow: BodyFlow, grows: readonly LaterClasses[]): LateStep[] {
    const later = new Set(grows.flatMap(({ classes }) => classes));
    const first = this.needsOf(index).filter(id => !later.has(id));
    return grows.map(({ classes, before }) => {
      const earlier = grows.filter(other => {
        const isAfter = flow.mayFollow(new Set(other.before));
        return other.classes !== classes && before.some(statement => isAfter[statement]);
      });
      return { held: [...first, ...earlier.flatMap(other => other.classes)], taken: classes };
    });
  }
}

interface Group extends LaterClasses {
  own: readonly boolean[];
}

/** Classes that may be taken without a suspension in between are taken in one step. */
function together(flow: BodyFlow, groups: readonly Group[]): LaterClasses[] {
  const left = [...groups];
  const isAtOnce = (one: Group, other: Group): boolean => {
    const follows = flow.mayFollowAtOnce(new Set(one.before));
    return other.before.some(statement => follows[statement]);
  };
  const joinTwo = (): boolean => {
    for (const one of left)
      for (const other of left) {
        if (one === other || !isAtOnce(one, other)) continue;
        const own = one.own.map((isOwn, statement) => isOwn || other.own[statement] === true);
        const joined = {
          classes: [...one.classes, ...other.classes].sort((a, b) => a - b),
          own,
          before: firstPoints(flow, own),
        };
        left.splice(left.indexOf(one), 1, joined);
        left.splice(left.indexOf(other), 1);
        return true;
      }
    return false;
  };
  while (joinTwo());
  return left.map(({ classes, before }) => ({ classes, before }));
}
