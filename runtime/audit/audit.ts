/**
 * The audit itself: takes each access of a task and asks whether it was planned, whether what it needs is held, and whether
 * all tasks so far can still be put in an order in which each ran alone.
 *
 * The last question is asked of everything. The other two can only be answered once it is known that storage is shared, and
 * written by somebody: what a task does to what it has made itself need not be planned. So doubts are kept until then.
 */
import { type Activation, Activations } from './activations.js';
import { isContainer, isContent } from './containers.js';
import { type ModuleTables, type PlannedAccess, PlanTables } from './plan-tables.js';
import { Storage, WHOLE } from './storage.js';
import type { Precedence, Site, Touch } from './task.js';
import { Reporter, type Violation, type ViolationSite, violationOf } from './violations.js';

export class Audit {
  readonly plan = new PlanTables();
  readonly activations = new Activations(this.plan);
  readonly reporter = new Reporter();
  private storages = new WeakMap<object, Storage<Violation>>();
  /** Accesses looked at. */
  count = 0;

  load(module: string, tables: ModuleTables): void {
    this.plan.add(module, tables);
  }

  /** Forgets everything that was accessed and found; tasks that run go on. */
  reset(): void {
    this.storages = new WeakMap();
    this.reporter.clear();
    this.count = 0;
  }

  /**
   * An access has been made, or is made at once.
   *
   * @param object the object, or what stands for the variables of an activation
   * @param key the property, the variable, the key of a map; `WHOLE` for all of it
   * @param name what is accessed, for people
   */
  access(object: object, key: unknown, isWrite: boolean, site: Site, name: string): void {
    const { current, task } = this.activations;
    if (!task || this.plan.isOptedOut(current?.handlers ?? task.handlers)) return;
    this.count++;
    let storage = this.storages.get(object);
    if (!storage) {
      storage = new Storage();
      this.storages.set(object, storage);
    }
    // The analysis does not tell the elements of a container apart.
    const asPlanned = isContainer(object) && (key === WHOLE || !isNamed(object, key)) ? WHOLE : key;
    const touch: Touch = { task, by: task.name, site, isWrite, storage: name };
    const sharing = storage.sharing(asPlanned);
    if (task.isStartUp) {
      if (isWrite && sharing.isUsed)
        this.reporter.report(violationOf('late-start-up', [siteOf(sharing.lastUse as Touch), siteOf(touch)]));
      return;
    }
    const doubt = this.doubt(current, touch, asPlanned);
    sharing.note(touch);
    if (doubt) sharing.suspect(doubt.message, doubt);
    for (const violation of sharing.take()) this.reporter.report(violation);
    const circle = storage.touch(key, touch);
    if (circle) this.reporter.report(violationOf('interleaved', sitesOf(circle)));
  }

  /** Whether tasks other than the running one have accessed an object. */
  isKnownToOthers(object: object): boolean {
    const first = this.storages.get(object)?.firstTask;
    return first !== undefined && first !== this.activations.task;
  }

  /** What would be wrong with an access of shared storage. */
  private doubt(current: Activation | undefined, touch: Touch, key: unknown): Violation | null {
    const { task, site, isWrite } = touch;
    const handlers = current?.handlers ?? task.handlers;
    if (this.plan.isUnderOwnLock(handlers)) return null;
    const planned = this.plan
      .accessesAt(site.module, site.at)
      .filter(
        access =>
          (access.isWrite || !isWrite) &&
          access.handlers.some(id => handlers.includes(id)) &&
          isOf(access, key),
      );
    if (planned.length === 0) return violationOf('unplanned', [siteOf(touch)]);
    const { segment } = this.activations;
    const missing = planned.find(
      access => access.isLocked && !task.mayAccess(access.class, isWrite, segment),
    );
    // One place may access several resources; which of them this is, is not known for sure.
    const isRight = planned.some(
      access => !access.isLocked || task.mayAccess(access.class, isWrite, segment),
    );
    return isRight || !missing ? null : violationOf('not-held', [siteOf(touch)], missing.class);
  }
}

/** A property that an array or map has beside what it contains. */
function isNamed(container: object, key: unknown): boolean {
  return typeof key === 'string' && Array.isArray(container) && !isContent(container, key);
}

/** Whether a resource may be the storage that has this key. */
function isOf({ resource }: PlannedAccess, key: unknown): boolean {
  const name = resource.replace(/~\d+$/, '');
  if (name.endsWith('[]') || key === WHOLE || typeof key !== 'string') return true;
  return name.endsWith(`.${key}`) || name.endsWith(`#${key}`);
}

const siteOf = ({ by, isWrite, storage, site }: Touch): ViolationSite => {
  const [line, column] = site.at.split(':');
  return {
    handler: by,
    mode: isWrite ? 'write' : 'read',
    storage,
    at: `${site.module}:${line}:${Number(column) + 1}`,
  };
};

function sitesOf(circle: readonly Precedence[]): ViolationSite[] {
  return circle.flatMap(({ earlier, later }) => [siteOf(earlier), siteOf(later)]);
}
