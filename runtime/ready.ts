/**
 * Calls that have been granted what they waited for and are about to run.
 *
 * They are collected here and run one after another with an empty stack. A release can happen in the middle
 * of somebody's segment (a synchronous handler that returns to its caller), and running another task there
 * would break the atomicity of that segment; and letting each run start the next from inside its own release
 * would overflow the stack on a long queue.
 */
import type { Entry } from './request.js';
import { stretch } from './stretch.js';

/** A granted call. It is in no queue any more, so its link to the next in a queue is free to be used here. */
export interface Ready extends Entry {
  /** Runs the call. Must not throw. */
  start(): void;
}

let first: Ready | null = null;
let last: Ready | null = null;
let isDraining = false;
let isPlanned = false;

const settled = Promise.resolve();

export function makeReady(call: Ready): void {
  if (last === null) first = call;
  else last.next = call;
  last = call;
}

/** Runs what is ready in a microtask: for a release in the middle of a segment. */
export function runReadySoon(): void {
  if (first === null || isPlanned || isDraining) return;
  isPlanned = true;
  // `queueMicrotask` makes an async resource for each call; a reaction of a settled promise does not.
  settled.then(runReady);
}

/** Runs what is ready: for a release in a promise reaction, where nothing else is on the stack. */
export function runReadyNow(): void {
  if (first === null || isDraining) return;
  if (stretch.handler !== null) runReadySoon();
  else drain();
}

function runReady(): void {
  isPlanned = false;
  if (!isDraining) drain();
}

function drain(): void {
  isDraining = true;
  try {
    while (first !== null) {
      const call = first;
      first = call.next as Ready | null;
      if (first === null) last = null;
      call.next = null;
      call.start();
    }
  } finally {
    isDraining = false;
    // Only after an error, which must not keep others waiting for ever.
    runReadySoon();
  }
}
