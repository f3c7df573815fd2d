/**
 * Tells cheaply whether a file or directory may have changed since it was read.
 *
 * Times have a granularity of some milliseconds: what is written again right after it was read can keep its
 * time and size. A stamp taken so soon after the last change is therefore not trusted, and the file is read
 * once more.
 */
import { statSync } from 'node:fs';

export interface Stamp {
  modified: number;
  changed: number;
  size: number;
  inode: number;
  /** False if a later change could go without a trace in the numbers above. */
  settled: boolean;
}

/** Longer than the clock of any common file system takes to tick, except for FAT. */
const SETTLING_TIME = 100;

/** The stamp of what is at a path now, or nothing if nothing is there or it cannot be asked. */
export function stampOf(path: string): Stamp | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    const { mtimeMs: modified, ctimeMs: changed, size, ino: inode } = stats;
    return {
      modified,
      changed,
      size,
      inode,
      settled: Date.now() - Math.max(modified, changed) > SETTLING_TIME,
    };
  } catch {
    return undefined;
  }
}

/** Whether nothing can have happened between two stamps of one path. */
export function isUnchanged(before: Stamp | undefined, now: Stamp | undefined): boolean {
  return before?.settled === true && isSameStamp(before, now);
}

/** Whether two stamps of one path are the same, which leaves room for a change right after the first. */
export function isSameStamp(before: Stamp | undefined, now: Stamp | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  return (
    before.modified === now.modified &&
    before.changed === now.changed &&
    before.size === now.size &&
    before.inode === now.inode
  );
}
