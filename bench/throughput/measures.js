/**
 * What is measured, as data: the comparisons that have a target, and the two ways in which the load grows.
 *
 * Variants are named as in the demo; `whole-sections` is of this bench.
 */
import { cartsOnly, MIXES } from '../demo/load/mixes.js';

/** @typedef {import('../demo/load/mixes.js').Mix} Mix */
/** @typedef {{ mix: Mix, clients: number, writes: number }} Load */

/**
 * @typedef {object} Comparison
 * @property {string} title
 * @property {Load} load
 * @property {string} against the variant that it is compared with
 * @property {'throughput' | 'hold'} what requests a second, or how long what is needed is held
 * @property {string} [bound] a variant that nobody can be faster than: how much is to be had at all
 * @property {number} target the ratio to reach, at least; of times at most
 */

const CLIENTS = 64;
/** As in the demo: one action in twenty changes something. */
const WRITES = 0.05;
/** Few enough clients that nobody waits for the processor, which would be time that everything is held. */
const CLIENTS_FOR_HOLD_TIMES = 8;

/** @type {Load} */
const usual = { mix: MIXES.usual, clients: CLIENTS, writes: WRITES };

/** @type {readonly Comparison[]} */
export const COMPARISONS = [
  {
    title: "throughput, against an expert's locks",
    load: usual,
    against: 'key-locks',
    what: 'throughput',
    target: 1,
  },
  {
    title: 'the same, when half of what is done changes something',
    load: { ...usual, writes: 0.5 },
    against: 'key-locks',
    what: 'throughput',
    target: 1,
  },
  {
    title: 'throughput where little conflicts, against no locks at all',
    load: { ...usual, mix: MIXES.apart },
    against: 'unprotected',
    what: 'throughput',
    target: 0.95,
  },
  {
    title: 'throughput of handlers that wait 5 ms, against one global lock',
    load: { ...usual, mix: MIXES.waiting },
    against: 'global-lock',
    bound: 'unprotected',
    what: 'throughput',
    target: 20,
  },
  {
    title: "throughput when 90 % of requests go to one key, against an expert's locks",
    load: { ...usual, mix: cartsOnly(0.9) },
    against: 'key-locks',
    what: 'throughput',
    target: 1,
  },
  {
    title: 'time that a lock is held, against sections of whole handlers',
    load: { ...usual, clients: CLIENTS_FOR_HOLD_TIMES, writes: 0.5 },
    against: 'whole-sections',
    what: 'hold',
    target: 0.3,
  },
];

/**
 * @typedef {object} Sweep
 * @property {string} file of its chart, below `docs`
 * @property {string} title
 * @property {string} axis
 * @property {boolean} isLogarithmic
 * @property {{ label: string, at: number, load: Load }[]} points
 */

const clientCounts = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const crowdings = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

/** @type {readonly Sweep[]} */
export const SWEEPS = [
  {
    file: 'throughput-by-clients.svg',
    title: 'Requests a second by concurrent clients, usual mix',
    axis: 'concurrent clients',
    isLogarithmic: true,
    points: clientCounts.map(clients => ({ label: `${clients}`, at: clients, load: { ...usual, clients } })),
  },
  {
    file: 'throughput-by-conflicts.svg',
    title: 'Requests a second by the share that goes to one cart, 64 clients that all write',
    axis: 'share of requests to one key',
    isLogarithmic: false,
    points: crowdings.map(crowding => ({
      label: `${crowding * 100} %`,
      at: crowding,
      load: { ...usual, mix: cartsOnly(crowding) },
    })),
  },
];

export const SWEPT_VARIANTS = ['unprotected', 'global-lock', 'key-locks', 'protected'];
