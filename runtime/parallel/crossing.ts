/**
 * One call that crosses: copied out, answered, and made into what the caller awaits.
 */
import { performance } from 'node:perf_hooks';
import type { Caller } from './caller.js';
import { framesOf } from './caller.js';
import { argumentNotClonable, outcomeNotClonable, workerDied } from './errors.js';
import { putTogether } from './failure.js';
import type { LearnedOfSize } from './learned.js';
import { restore } from './marks.js';
import { findObstacle } from './not-clonable.js';
import type { Pool } from './pool.js';
import { currentPool } from './process-pool.js';
import type { Outcome } from './protocol.js';
import { intoOwnRealm } from './realm.js';
import type { Registered } from './registry.js';
import { survey } from './survey.js';
import { tighten } from './tight.js';

/** The result of one run in so many is copied once more in the worker, to learn what that takes; of the first ones, more. */
const WEIGHED = 64;

export interface Crossing {
  readonly registered: Registered;
  readonly args: unknown[];
  /** The indexes of the arguments whose memory is moved. */
  readonly movable: readonly number[];
  readonly learned: LearnedOfSize;
  readonly caller: Caller;
  /** In place of the signal among the arguments. */
  readonly signal: AbortSignal | undefined;
}

/** What the call returns or throws, as a promise. */
export async function cross(crossing: Crossing): Promise<unknown> {
  const { registered, learned, caller } = crossing;
  const pool = currentPool();
  const begin = performance.now();
  const answer = send(pool, crossing);
  const sent = performance.now() - begin;
  const outcome = await answer.catch(cause => otherwise(pool, crossing, cause));
  pool.crossed(sent, performance.now() - begin - outcome.time);
  // Nothing is learned of what cannot cross: it would run in place in the end, and whether it works would depend on that.
  const thrown = 'thrown' in outcome ? outcome.thrown : undefined;
  if (thrown && 'wasThrown' in thrown) {
    throw outcomeNotClonable(registered.id, thrown, thrown.wasThrown, caller);
  }
  learned.ranInPool(outcome.time, sent, 'copying' in outcome ? outcome.copying : undefined);
  if ('value' in outcome) {
    restore(outcome.marks);
    intoOwnRealm(outcome.value);
    return outcome.value;
  }
  throw putTogether(thrown as Exclude<typeof thrown, undefined>, registered.classes(), framesOf(caller));
}

function send(pool: Pool, { registered, learned, args: given, movable, signal }: Crossing): Promise<Outcome> {
  const { args, moved: copied } = tighten(given);
  const { isClonable, marks, moved } = survey(args, movable, signal);
  if (!isClonable) return Promise.reject(new DOMException('', 'DataCloneError'));
  const runs = learned.runsInPool;
  const weigh = (runs & (runs - 1)) === 0 || runs % WEIGHED === 0;
  return pool.run({ fn: registered.number, args, marks, weigh }, [
    // What was copied to be moved may be found again.
    ...new Set([...moved, ...copied]),
    ...(signal ? [signal] : []),
  ]);
}

/** Nothing has crossed that was to be moved and cannot be, such as the memory of WebAssembly. Then it is copied. */
async function otherwise(pool: Pool, crossing: Crossing, cause: unknown): Promise<Outcome> {
  const error = refusal(crossing, cause);
  if (error !== undefined) throw error;
  return send(pool, { ...crossing, movable: [] }).catch(again => {
    throw refusal({ ...crossing, movable: [] }, again);
  });
}

/** The error for a call whose arguments cannot be copied. */
export function whyNotClonable(crossing: Crossing): Error | undefined {
  return refusal({ ...crossing, movable: [] }, new DOMException('', 'DataCloneError'));
}

/** Why the pool has not answered: what was to be sent cannot be copied, or the worker has died. */
function refusal({ registered, args, movable, caller, signal }: Crossing, cause: unknown): Error | undefined {
  if ((cause as { name?: unknown } | null)?.name !== 'DataCloneError') {
    return workerDied(registered.id, cause, caller);
  }
  for (let index = 0; index < args.length; index++) {
    const obstacle = findObstacle(args[index], signal);
    if (obstacle === undefined) continue;
    const argument = `${nameOf(registered)}(${parameterOf(registered.fn, index)}${obstacle.path})`;
    return argumentNotClonable(registered.id, argument, obstacle, caller);
  }
  if (movable.length > 0) return undefined;
  const unknown = { path: '', what: `something that cannot be copied (${(cause as Error).message})` };
  return argumentNotClonable(registered.id, nameOf(registered), unknown, caller);
}

function nameOf({ id, fn }: Registered): string {
  return fn.name === '' ? id : fn.name;
}

/** The name of a parameter, as far as its function's text tells; else which one it is. */
function parameterOf(fn: (...args: never[]) => unknown, index: number): string {
  const text = Function.prototype.toString.call(fn);
  const list =
    /^(?:async\s+)?(?:function\b[^(]*)?\(([^()]*)\)/.exec(text)?.[1] ??
    /^(?:async\s+)?([\w$]+)\s*=>/.exec(text)?.[1];
  const names = list?.split(',').map(name => name.trim().replace(/\s*=.*$/s, '')) ?? [];
  const isSimple = names.every(name => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name));
  const name = isSimple ? names[index] : undefined;
  return name ?? `arguments[${index}]`;
}
