/**
 * Loaded into a server (`node --import`): when it ends, writes how long the tasks of each handler held what they needed
 * to the file that `HOLD_TIMES` names, as `[handler, tasks, milliseconds][]`.
 */
import { writeFileSync } from 'node:fs';

/** @typedef {[handler: string, tasks: number, milliseconds: number][]} HoldTimes */

// What was just built, and what the server loads itself; only its types are known before.
/** @type {typeof import('../../runtime/metrics.js')} */
const { measure } = await import(new URL('../../dist/esm/metrics.js', import.meta.url).href);
const metrics = measure();

process.on('exit', () => {
  const held = metrics.snapshot().map(({ handler, hold }) => [handler, hold.count, hold.sum]);
  writeFileSync(/** @type {string} */ (process.env.HOLD_TIMES), JSON.stringify(held));
});
