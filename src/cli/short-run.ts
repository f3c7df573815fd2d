/**
 * Tells V8 that the process will be over soon.
 *
 * Before it had a compiler between its quickest and its best one (V8 12, Node 22), it handed every function that had run for
 * some milliseconds to the best one. An analysis of a few seconds spent a third of its time on code that hardly ran any more:
 * the compiler works beside it, and each garbage collection has to wait for it.
 */
import { setFlagsFromString } from 'node:v8';

/** How much bytecode a function runs through before it is looked at: fifteen times as much as by default. */
const BUDGET = 1_000_000;

export function expectShortRun(): void {
  const [major] = process.versions.v8.split('.');
  if (Number(major) < 12) setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}
