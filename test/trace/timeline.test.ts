/** From what was recorded to a timeline: nothing overlaps on a track, and nothing is lost. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRecording, type RecordedEvent } from '../../src/trace/recording.js';
import { runsOf } from '../../src/trace/runs.js';
import { timelineOf } from '../../src/trace/timeline.js';

const PROCESS: RecordedEvent = { kind: 'process', pid: 7, title: 'server.js' };
const needs = [{ class: 'shop.js#stock', mode: 'exclusive' }];

const timeline = (...events: RecordedEvent[]) => timelineOf([runsOf([PROCESS, ...events])]);

test('a wait and the hold after it are spans of their task and of its class', () => {
  const { traceEvents, otherData } = timeline(
    { kind: 'started', at: 1000, handler: 'buy', run: 1, needs, gate: false },
    { kind: 'queued', at: 1001, handler: 'buy', run: 2, needs },
    { kind: 'released', at: 1005, handler: 'buy', run: 1 },
    { kind: 'started', at: 1005, handler: 'buy', run: 2, needs, gate: false },
    { kind: 'released', at: 1007.5, handler: 'buy', run: 2 },
  );
  const names = traceEvents.filter(({ name }) => name === 'process_name').map(({ args }) => args?.name);
  expect(names).toEqual(['tasks of server.js (7)', 'shop.js#stock in server.js (7)']);
  const spans = traceEvents.filter(({ ph, pid }) => ph === 'X' && pid === 2);
  expect(spans.map(({ name, ts, dur, args }) => ({ name, ts, dur, args }))).toEqual([
    { name: 'buy', ts: 0, dur: 5000, args: { mode: 'exclusive' } },
    { name: 'buy', ts: 5000, dur: 2500, args: { mode: 'exclusive' } },
    { name: 'wait: buy', ts: 1000, dur: 4000, args: { mode: 'exclusive' } },
  ]);
  expect(traceEvents.filter(({ ph }) => ph === 'C').map(({ ts, args }) => [ts, args?.waiting])).toEqual([
    [1000, 1],
    [5000, 0],
  ]);
  const cost = { runs: 2, waits: 1, waited: 4, held: 7.5 };
  expect(otherData.anyspeed).toEqual({ handlers: { buy: cost }, classes: { 'shop.js#stock': cost } });
});

test('what a section takes in a later step is held from then on, and is no run of its own', () => {
  const later = [{ class: 'shop.js#journal', mode: 'exclusive' }];
  const { otherData } = timeline(
    { kind: 'started', at: 0, handler: 'order', run: 1, needs, gate: false },
    { kind: 'queued', at: 6, handler: 'order', run: 1, needs: later, step: 1 },
    { kind: 'started', at: 8, handler: 'order', run: 1, needs: later, gate: false, step: 1 },
    { kind: 'released', at: 10, handler: 'order', run: 1 },
  );
  expect(otherData.anyspeed).toEqual({
    handlers: { order: { runs: 1, waits: 1, waited: 2, held: 10 } },
    classes: {
      'shop.js#stock': { runs: 1, waits: 0, waited: 0, held: 10 },
      'shop.js#journal': { runs: 1, waits: 1, waited: 2, held: 2 },
    },
  });
});

test('who passes a gate waits and holds nothing, whether runs have numbers or not', () => {
  const { traceEvents } = timeline(
    { kind: 'started', at: 0, handler: 'open', run: 1, needs, gate: true },
    { kind: 'released', at: 1, handler: 'open' },
    { kind: 'queued', at: 2, handler: 'closed', needs },
    { kind: 'queued', at: 3, handler: 'closed', needs },
    { kind: 'started', at: 4, handler: 'closed', needs, gate: true },
    { kind: 'started', at: 6, handler: 'closed', needs, gate: true },
  );
  const spans = traceEvents.filter(({ ph, pid }) => ph === 'X' && pid === 1);
  expect(spans.map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
    ['wait: closed', 2000, 2000],
    ['wait: closed', 3000, 3000],
  ]);
});

test('what was not over when the recording ended says so', () => {
  const { traceEvents } = timeline(
    { kind: 'started', at: 0, handler: 'long', run: 1, needs, gate: false },
    { kind: 'queued', at: 1, handler: 'late', run: 2, needs },
    { kind: 'queued', at: 9, handler: 'later', run: 3, needs },
  );
  const spans = traceEvents.filter(({ ph, pid }) => ph === 'X' && pid === 1);
  expect(spans.map(({ name, dur, args }) => [name, dur, args?.unfinished])).toEqual([
    ['long', 9000, true],
    ['wait: late', 8000, true],
    ['wait: later', 0, true],
  ]);
});

test('a recording that ends in the middle of a line is what comes before', () => {
  expect(parseRecording(`${JSON.stringify(PROCESS)}\n{"kind":"sta`)).toEqual([PROCESS]);
  expect(parseRecording('')).toEqual([]);
});

test('spans on one track never overlap, and each run is there', () => {
  const span = fc.record({
    handler: fc.constantFrom('a', 'b', 'c'),
    at: fc.integer({ min: 0, max: 100 }),
    wait: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
    hold: fc.integer({ min: 0, max: 20 }),
    mode: fc.constantFrom('shared', 'exclusive'),
  });
  fc.assert(
    fc.property(fc.array(span, { maxLength: 60 }), spans => {
      const events = spans.flatMap(({ handler, at, wait, hold, mode }, run): RecordedEvent[] => {
        const own = [{ class: 'k', mode }];
        const start = at + (wait ?? 0);
        return [
          ...(wait === undefined ? [] : [{ kind: 'queued' as const, at, handler, run, needs: own }]),
          { kind: 'started', at: start, handler, run, needs: own, gate: false },
          { kind: 'released', at: start + hold, handler, run },
        ];
      });
      events.sort((a, b) => ('at' in a && 'at' in b ? a.at - b.at : 0));
      const { traceEvents } = timeline(...events);
      const drawn = traceEvents.filter(({ ph }) => ph === 'X');
      for (const pid of [1, 2]) {
        const own = drawn.filter(event => event.pid === pid);
        expect(own.filter(({ cat }) => cat === 'hold')).toHaveLength(spans.length);
        expect(own.filter(({ cat }) => cat === 'wait')).toHaveLength(
          spans.filter(({ wait }) => wait !== undefined).length,
        );
        const ends = new Map<number, number>();
        for (const { tid, ts = 0, dur = 0 } of own) {
          expect(ts).toBeGreaterThanOrEqual(ends.get(tid) ?? 0);
          ends.set(tid, ts + dur);
        }
      }
    }),
  );
});
