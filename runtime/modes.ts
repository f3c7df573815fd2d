/**
 * The modes in which a lock can be held, as bits, and the relations between them as tables.
 *
 * Modes are single bits so that "everything that anybody holds here" is one integer, and "may this mode
 * join them" is one table look-up, however many holders there are. The intention modes are those of
 * multi-granularity locking: a task that touches one key of a class holds the class in an intention mode
 * and the key in a real one, so that it meets a task that touches the whole container at the class, and a
 * task that touches the same key at the key.
 */

/** Reads single keys of the class. */
export const INTENT_SHARED = 1;
/** Will write single keys of the class, but has not yet. */
export const INTENT_UPDATE = 2;
/** Writes single keys of the class. */
export const INTENT_EXCLUSIVE = 4;
/** Reads. */
export const SHARED = 8;
/** Will write, but has not yet: readers may still run, other writers not. */
export const UPDATE = 16;
/** Reads the whole class and writes single keys of it. */
export const SHARED_INTENT_EXCLUSIVE = 32;
/** Writes. */
export const EXCLUSIVE = 64;

/** One bit of those above. */
export type Mode = number;
/** Any number of those bits. */
export type ModeSet = number;

export const ALL_MODES: ModeSet = 127;

/** From the weakest to the strongest; `strongest` relies on the order. */
const MODES: readonly Mode[] = [
  INTENT_SHARED,
  INTENT_UPDATE,
  INTENT_EXCLUSIVE,
  SHARED,
  UPDATE,
  SHARED_INTENT_EXCLUSIVE,
  EXCLUSIVE,
];

/**
 * Which modes cannot be held by another task beside this one. Symmetric. An update holder excludes the
 * intentions to write as well: both sides have read what the other is going to write.
 */
const CONFLICTS = new Map<Mode, ModeSet>([
  [INTENT_SHARED, EXCLUSIVE],
  [INTENT_UPDATE, UPDATE | EXCLUSIVE],
  [INTENT_EXCLUSIVE, SHARED | UPDATE | SHARED_INTENT_EXCLUSIVE | EXCLUSIVE],
  [SHARED, INTENT_EXCLUSIVE | SHARED_INTENT_EXCLUSIVE | EXCLUSIVE],
  [UPDATE, INTENT_UPDATE | INTENT_EXCLUSIVE | UPDATE | SHARED_INTENT_EXCLUSIVE | EXCLUSIVE],
  [SHARED_INTENT_EXCLUSIVE, ALL_MODES & ~(INTENT_SHARED | INTENT_UPDATE)],
  [EXCLUSIVE, ALL_MODES],
]);

/** Which modes a holder of this one holds already. */
const COVERS = new Map<Mode, ModeSet>([
  [INTENT_SHARED, INTENT_SHARED],
  [INTENT_UPDATE, INTENT_SHARED | INTENT_UPDATE],
  [INTENT_EXCLUSIVE, INTENT_SHARED | INTENT_UPDATE | INTENT_EXCLUSIVE],
  [SHARED, INTENT_SHARED | SHARED],
  [UPDATE, INTENT_SHARED | INTENT_UPDATE | SHARED | UPDATE],
  [
    SHARED_INTENT_EXCLUSIVE,
    INTENT_SHARED | INTENT_UPDATE | INTENT_EXCLUSIVE | SHARED | SHARED_INTENT_EXCLUSIVE,
  ],
  [EXCLUSIVE, ALL_MODES],
]);

/** By a set of held modes: all modes that conflict with at least one of them. */
export const EXCLUDED: Uint8Array = Uint8Array.from({ length: ALL_MODES + 1 }, (_, held) =>
  MODES.reduce((excluded, mode) => (held & mode ? excluded | (CONFLICTS.get(mode) ?? 0) : excluded), 0),
);

/** By a set of held modes: all modes that holding them amounts to. */
export const COVERED: Uint8Array = Uint8Array.from({ length: ALL_MODES + 1 }, (_, held) =>
  MODES.reduce((covered, mode) => (held & mode ? covered | (COVERS.get(mode) ?? 0) : covered), 0),
);

/**
 * What a holder of a whole class may do with every key of it without holding the key: a class held in
 * `mode` counts, for each of its keys, as the key held in the returned mode (0: as not held).
 */
export function onEveryKey(mode: Mode): Mode {
  if (mode === SHARED_INTENT_EXCLUSIVE) return SHARED;
  return mode >= SHARED ? mode : 0;
}

/** What a task must hold on a class in order to hold one of its keys in `mode`. */
export function intentionFor(mode: Mode): Mode {
  return mode === SHARED ? INTENT_SHARED : mode === UPDATE ? INTENT_UPDATE : INTENT_EXCLUSIVE;
}

/** The weakest mode that covers both: what a task holds that has asked for one and then for the other. */
export function strongest(one: Mode, other: Mode): Mode {
  if (one === 0 || one === other) return other;
  if (other === 0) return one;
  for (const mode of MODES) {
    const covered = COVERED[mode] as number;
    if (covered & one && covered & other) return mode;
  }
  return EXCLUSIVE;
}

/** Whether modes suffice to read, or to write, something of a class. Who holds for update is taken to have upgraded in time. */
export function allows(modes: ModeSet, isWrite: boolean): boolean {
  return (isWrite ? modes & ~(SHARED | INTENT_SHARED) : modes) !== 0;
}

/** The name of a mode in `inspect()`, events and messages. */
export function modeName(mode: Mode): string {
  switch (mode) {
    case INTENT_SHARED:
      return 'intent-shared';
    case INTENT_UPDATE:
      return 'intent-update';
    case INTENT_EXCLUSIVE:
      return 'intent-exclusive';
    case SHARED:
      return 'shared';
    case UPDATE:
      return 'update';
    case SHARED_INTENT_EXCLUSIVE:
      return 'shared-intent-exclusive';
    default:
      return 'exclusive';
  }
}
