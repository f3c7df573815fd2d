/**
 * Loaded into a server (`node --import`): when it ends, writes how long the tasks of each handler held what they needed
 * to the file that `HOLD_TIMES` names, as `[handler, tasks, milliseconds][]`.
 *
 * The sum of the times at which tasks gave back less the sum of those at which they began is the time that all held
 * together, whoever belongs to whom; only what passes a gate begins and gives nothing back, and holds nothing.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

/** @typedef {[handler: string, tasks: number, milliseconds: number][]} HoldTimes */

/** @type {Map<string, { began: number, gaveBack: number, milliseconds: number }>} */
const byHandler = new Map();

/** @param {unknown} message */
function sumsOf(message) {
  const { handler } = /** @type {{ handler: string }} */ (message);
  const sums = byHandler.get(handler) ?? { began: 0, gaveBack: 0, milliseconds: 0 };
  byHandler.set(handler, sums);
  return sums;
}

subscribe('anyspeed:started', message => {
  const sums = sumsOf(message);
  sums.began++;
  sums.milliseconds -= performance.now();
});
subscribe('anyspeed:released', message => {
  const sums = sumsOf(message);
  sums.gaveBack++;
  sums.milliseconds += performance.now();
});

process.on('exit', () => {
  const held = [...byHandler]
    .filter(([, { began, gaveBack }]) => began === gaveBack)
    .map(([handler, { began, milliseconds }]) => [handler, began, milliseconds]);
  writeFileSync(/** @type {string} */ (process.env.HOLD_TIMES), JSON.stringify(held));
});
