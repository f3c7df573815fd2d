/**
 * A snapshot: what of a plan is to be reviewed when it changes, without what changes all the time, such as lines.
 *
 * It is made to be committed, and compared with the plan of later sources.
 */

import { textOf } from '../keys/expression.js';
import { byKeys } from '../order/by-keys.js';
import type {
  HeldClass,
  LockMode,
  Plan,
  PlannedHandler,
  ProtectionReason,
  WholeReason,
} from '../plan/plan.js';

/**
 * What a handler becomes, as far as it matters to others: how long it makes them wait, and why it is left alone if it is.
 * A gate is the same thing wherever it is.
 */
export type SnapshotForm =
  | 'section'
  | 'whole section'
  | 'gate'
  | Extract<
      ProtectionReason,
      'delegated' | 'atomic-by-itself' | 'own-lock' | 'no-conflict' | 'inside-callers' | 'opted-out'
    >;

export interface SnapshotHold {
  class: string;
  mode: LockMode;
  /** The keys that it takes of the class, as one would write them; null if it takes the class as a whole. */
  keys: string[] | null;
  /** Set if its section takes the class in a later step, and not where it begins. */
  isLater?: true;
}

export interface SnapshotHandler {
  id: string;
  form: SnapshotForm;
  /** Why its section is the whole handler, if it is. */
  whole: WholeReason | null;
  /** Whether its section is given up somewhere, while another task has to bring what is awaited. */
  isGivenUp: boolean;
  /** The handlers that it leaves its accesses to. */
  to: string[];
  /** The classes that it holds or passes, by name. */
  classes: SnapshotHold[];
}

/** A locked class: its name is the first of its resources. */
export interface SnapshotClass {
  name: string;
  resources: string[];
}

export interface Snapshot {
  /** In the order of their names. */
  classes: SnapshotClass[];
  /** In the order of their ids. */
  handlers: SnapshotHandler[];
  /** The ids of functions that may run in other threads, in order; missing where there is none. */
  parallel?: string[];
}

/** What of a plan is to be reviewed. */
export function snapshotOf({ handlers, classes, parallel }: Plan): Snapshot {
  return {
    classes: classes
      .filter(({ locked }) => locked)
      .map(({ name, resources }) => ({ name, resources }))
      .sort(byKeys<SnapshotClass>(({ name }) => name)),
    handlers: handlers.map(snapshotOfHandler).sort(byKeys<SnapshotHandler>(({ id }) => id)),
    ...(parallel && { parallel: parallel.map(({ id }) => id).sort(byKeys<string>(id => id)) }),
  };
}

function snapshotOfHandler(handler: PlannedHandler): SnapshotHandler {
  const { id, bounds, classes } = handler;
  const form = formOf(handler);
  return {
    id,
    form,
    whole: form === 'whole section' && bounds?.kind === 'whole' ? bounds.reason : null,
    isGivenUp: bounds?.kind === 'body' && bounds.asides !== undefined,
    to: bounds?.kind === 'delegated' ? bounds.to : [],
    classes: classes.map(holdOf),
  };
}

const holdOf = ({ class: name, mode, keys, step }: HeldClass): SnapshotHold => ({
  class: name,
  mode,
  keys: keys ? keys.map(textOf) : null,
  ...(step !== undefined && { isLater: true }),
});

function formOf({ protection, reason, bounds }: PlannedHandler): SnapshotForm {
  if (protection === 'section') return bounds?.kind === 'whole' ? 'whole section' : 'section';
  if (protection === 'gate') return 'gate';
  return reason as Exclude<SnapshotForm, 'section' | 'whole section' | 'gate'>;
}
