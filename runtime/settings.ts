/**
 * The settings in force. `configure` changes them.
 */
export const settings = {
  /** Milliseconds after which a wait is reported; 0: never. */
  stallAfter: 5000,
  onDeadlock: 'proceed' as 'proceed' | 'reject',
  trace: false,
  /** How many keys of a class keep a lock that nobody uses. */
  idleKeys: 10_000,
  /** The shortest timeout of any class; 0: there is none. */
  shortestTimeout: 0,
  /** Whether the queue of any class is limited. */
  hasQueueLimits: false,
};
