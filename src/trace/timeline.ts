/**
 * A recording as a timeline in Chrome's trace format, which Perfetto and the DevTools of browsers show.
 *
 * There is a group of tracks for the tasks of each process, and one for each of its classes, those that were waited for longest
 * first. Spans that overlap get tracks of their own here, as not every viewer lays them out.
 */
import { byKeys } from '../order/by-keys.js';
import { type Measured, measuredIn } from './measured.js';
import type { RecordedProcess, Run } from './runs.js';

/** An event of the format; times in microseconds. */
export interface TraceEvent {
  ph: 'X' | 'M' | 'C';
  name: string;
  pid: number;
  tid: number;
  ts?: number;
  dur?: number;
  cat?: string;
  args?: Record<string, unknown>;
}

export interface Timeline {
  displayTimeUnit: 'ms';
  traceEvents: TraceEvent[];
  /** What viewers pass over: the sums, for whoever shows them elsewhere. */
  otherData: { anyspeed: Measured };
}

interface Span {
  name: string;
  cat: 'wait' | 'hold';
  from: number;
  to: number;
  args: Record<string, unknown>;
}

export function timelineOf(processes: readonly RecordedProcess[]): Timeline {
  const times = processes.flatMap(({ runs }) => runs.map(run => run.queued ?? run.started ?? Infinity));
  const origin = times.reduce((least, time) => Math.min(least, time), Infinity);
  const events: TraceEvent[] = [];
  let group = 0;
  for (const process of processes) {
    const name = `${process.title} (${process.pid})`;
    const spans = process.runs.flatMap(run => spansOf(run, process.end, {}));
    addGroup(events, ++group, `tasks of ${name}`, origin, { task: spans });
    for (const { className, runs } of classesOf(process)) {
      const own = runs.flatMap(({ run, mode }) => spansOf(run, process.end, { mode }));
      addGroup(events, ++group, `${className} in ${name}`, origin, {
        holds: own.filter(({ cat }) => cat === 'hold'),
        waits: own.filter(({ cat }) => cat === 'wait'),
      });
      addCounter(events, group, origin, own);
    }
  }
  return { displayTimeUnit: 'ms', traceEvents: events, otherData: { anyspeed: measuredIn(processes) } };
}

/** The wait and the hold of a run. What passes an open gate does neither. */
function spansOf(run: Run, end: number, more: Record<string, unknown>): Span[] {
  const { handler, holds, queued, started, released } = run;
  const spans: Span[] = [];
  if (queued !== undefined) {
    const isOpen = started === undefined && { unfinished: true };
    const to = started ?? end;
    spans.push({ name: `wait: ${handler}`, cat: 'wait', from: queued, to, args: { ...more, ...isOpen } });
  }
  if (started !== undefined && holds) {
    const isOpen = released === undefined && { unfinished: true };
    const to = released ?? end;
    spans.push({ name: handler, cat: 'hold', from: started, to, args: { ...more, ...isOpen } });
  }
  return spans;
}

/** The classes that a process used, with who needed them in which mode. */
function classesOf({ runs }: RecordedProcess): { className: string; runs: { run: Run; mode: string }[] }[] {
  const byClass = new Map<
    string,
    { className: string; runs: { run: Run; mode: string }[]; waited: number }
  >();
  for (const run of runs) {
    for (const { class: className, mode } of run.needs) {
      const known = byClass.get(className) ?? { className, runs: [], waited: 0 };
      byClass.set(className, known);
      known.runs.push({ run, mode });
      if (run.queued !== undefined && run.started !== undefined) known.waited += run.started - run.queued;
    }
  }
  return [...byClass.values()].sort(
    byKeys<{ className: string; waited: number }>(
      c => -c.waited,
      c => c.className,
    ),
  );
}

/** A group of tracks: as many of each title as its spans need in order not to overlap. */
function addGroup(
  events: TraceEvent[],
  pid: number,
  name: string,
  origin: number,
  tracks: Record<string, readonly Span[]>,
): void {
  events.push(
    { ph: 'M', name: 'process_name', pid, tid: 0, args: { name } },
    { ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index: pid } },
  );
  let first = 1;
  for (const [title, spans] of Object.entries(tracks)) {
    /** By track: when its last span ends. */
    const ends: number[] = [];
    for (const span of [...spans].sort((a, b) => a.from - b.from)) {
      const free = ends.findIndex(end => end <= span.from);
      const track = free < 0 ? ends.length : free;
      ends[track] = span.to;
      const { name, cat, from, to, args } = span;
      const [ts, until] = [microseconds(from - origin), microseconds(to - origin)];
      events.push({ ph: 'X', name, cat, pid, tid: first + track, ts, dur: until - ts, args });
    }
    for (const track of ends.keys()) {
      const tid = first + track;
      events.push(
        { ph: 'M', name: 'thread_name', pid, tid, args: { name: `${title} ${track + 1}` } },
        { ph: 'M', name: 'thread_sort_index', pid, tid, args: { sort_index: tid } },
      );
    }
    first += ends.length;
  }
}

/** How many wait for a class, over time. */
function addCounter(events: TraceEvent[], pid: number, origin: number, spans: readonly Span[]): void {
  const steps = spans
    .filter(({ cat }) => cat === 'wait')
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at);
  let waiting = 0;
  for (const { at, by } of steps) {
    waiting += by;
    events.push({ ph: 'C', name: 'waiting', pid, tid: 0, ts: microseconds(at - origin), args: { waiting } });
  }
}

const microseconds = (milliseconds: number): number => Math.round(milliseconds * 1000);
