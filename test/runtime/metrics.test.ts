import { channel } from 'node:diagnostics_channel';
import { expect, test } from '@jest/globals';
import { begin, guard, schedule, turn } from '../../runtime/index.js';
import { BUCKETS, type Meter, measure } from '../../runtime/metrics.js';
import { freshClass, idle, occasion } from './occasions.js';

test('waits and holds are measured, from when it is asked for until it is stopped', async () => {
  const name = freshClass();
  const door = occasion();
  const work = schedule('measured', () => door.promise, { exclusive: [name] });
  const sync = schedule('measured sync', () => 0, { shared: [freshClass()] });
  const metrics = measure();
  const both = [work(), work()];
  sync();
  await new Promise(resolve => setTimeout(resolve, 20));
  door.resolve();
  await Promise.all(both);
  await idle();
  metrics.stop();
  void work();
  const measured = metrics.snapshot().find(({ handler }) => handler === 'measured');
  expect(measured?.wait.count).toBe(2);
  expect(measured?.hold.count).toBe(2);
  // The first held for, and the second waited for, the time of the timer.
  expect(measured?.wait.sum).toBeGreaterThan(15);
  expect(measured?.hold.sum).toBeGreaterThan(15);
  expect(measured?.wait.counts.reduce((sum, count) => sum + count)).toBe(2);
  expect(metrics.snapshot().find(({ handler }) => handler === 'measured sync')?.hold.count).toBe(1);
  const text = metrics.prometheus();
  expect(text).toContain(`anyspeed_runs_total{class="${name}"}`);
  expect(text).toContain(`anyspeed_waits_total{class="${name}"} 1`);
  expect(text).toContain('anyspeed_wait_seconds_bucket{handler="measured",le="+Inf"} 2');
  expect(text).toContain(
    `anyspeed_hold_seconds_bucket{handler="measured",le="${(BUCKETS[0] as number) / 1000}"}`,
  );
  expect(text).toMatch(/^# TYPE anyspeed_hold_seconds histogram$/m);
});

test('sections in the bodies of handlers are measured like whole ones, also those that wait together', async () => {
  const name = freshClass();
  const read = guard('measured reader', { shared: [name] });
  const write = guard('measured writer', { exclusive: [name] });
  const gate = guard('measured gate', { shared: [name], gate: true });
  const metrics = measure();
  const run = async (own: typeof read) => {
    const section = begin(own);
    if (section.enter()) await section.turn;
    await new Promise(resolve => setTimeout(resolve, 20));
    section.leave();
  };
  await Promise.all([run(write), run(read), run(read), turn(gate), run(write)]);
  await idle();
  metrics.stop();
  const of = (id: string) => metrics.snapshot().find(({ handler }) => handler === id);
  expect([of('measured reader')?.wait.count, of('measured reader')?.hold.count]).toEqual([2, 2]);
  expect([of('measured writer')?.wait.count, of('measured writer')?.hold.count]).toEqual([2, 2]);
  expect([of('measured gate')?.wait.count, of('measured gate')?.hold.count]).toEqual([1, 1]);
  const byClass = metrics.byClass().find(each => each.class === name);
  expect([byClass?.wait.count, byClass?.hold.count]).toEqual([5, 5]);
  expect(byClass?.hold.counts.reduce((sum, count) => sum + count)).toBe(5);
  expect(byClass?.hold.sum).toBeGreaterThanOrEqual(of('measured writer')?.hold.sum as number);
  expect(of('measured reader')?.wait.sum).toBeGreaterThan(30);
  expect(of('measured writer')?.hold.sum).toBeGreaterThan(30);
  // Nothing is kept of runs that are over.
  const { queuedAt, startedAt } = metrics as unknown as Record<string, Map<number, number>>;
  expect([queuedAt?.size, startedAt?.size]).toEqual([0, 0]);
});

test('an OpenTelemetry meter gets counters by class and times by handler', async () => {
  const name = freshClass();
  const recorded: [string, number, unknown][] = [];
  const callbacks: (() => void)[] = [];
  const observable = (metric: string) => ({
    addCallback: (callback: Parameters<ReturnType<Meter['createObservableGauge']>['addCallback']>[0]) => {
      callbacks.push(() =>
        callback({ observe: (value, attributes) => recorded.push([metric, value, attributes]) }),
      );
    },
  });
  const meter: Meter = {
    createObservableCounter: observable,
    createObservableGauge: observable,
    createHistogram: metric => ({
      record: (value, attributes) => recorded.push([metric, value, attributes]),
    }),
  };
  const metrics = measure();
  metrics.report(meter);
  await schedule('told', async () => 0, { exclusive: [name] })();
  metrics.stop();
  for (const callback of callbacks) callback();
  expect(recorded).toContainEqual(['anyspeed.runs', 1, { class: name }]);
  expect(recorded).toContainEqual(['anyspeed.waits', 0, { class: name }]);
  expect(recorded).toContainEqual(['anyspeed.wait', 0, { handler: 'told' }]);
  expect(recorded).toContainEqual(['anyspeed.hold', expect.any(Number), { handler: 'told' }]);
});

test('channels tell of each step of a run by one number', async () => {
  const name = freshClass();
  const told: unknown[] = [];
  const channels = ['queued', 'started', 'released'].map(step => {
    const listen = (message: unknown) => told.push([step, message]);
    channel(`anyspeed:${step}`).subscribe(listen);
    return () => channel(`anyspeed:${step}`).unsubscribe(listen);
  });
  const handler = schedule('told', () => idle(), { exclusive: [name] });
  const own = guard('guarded', { exclusive: [name] });
  await Promise.all([handler(), handler()]);
  const gate = schedule('gate', () => 0, { exclusive: [name], gate: true });
  gate();
  expect(own.enter()).toBeUndefined();
  own.leave();
  for (const stop of channels) stop();
  await handler();
  const runs = told.map(each => (each as [string, { run?: number }])[1].run);
  const [first, second] = [runs[0], runs[1]] as number[];
  const needs = [{ class: name, mode: 'exclusive' }];
  expect(told.slice(0, 5)).toEqual([
    ['started', { handler: 'told', run: first, needs, gate: false }],
    ['queued', { handler: 'told', run: second, needs }],
    ['released', { handler: 'told', run: first }],
    ['started', { handler: 'told', run: second, needs, gate: false }],
    ['released', { handler: 'told', run: second }],
  ]);
  expect(told.slice(5)).toMatchObject([
    ['started', { handler: 'gate' }],
    ['released', { handler: 'gate' }],
    ['started', { handler: 'guarded' }],
    ['released', { handler: 'guarded' }],
  ]);
});

test('channels tell of a guard that is the first to be heard', async () => {
  const name = freshClass();
  const own = guard('guarded', { exclusive: [name] });
  const told: unknown[] = [];
  const listen = (message: unknown) => told.push(message);
  // The end of a run that nobody hears: what was heard before this test is forgotten.
  await schedule('unheard', () => idle(), { exclusive: [freshClass()] })();
  for (const step of ['started', 'released']) channel(`anyspeed:${step}`).subscribe(listen);
  own.enter();
  own.leave();
  for (const step of ['started', 'released']) channel(`anyspeed:${step}`).unsubscribe(listen);
  const needs = [{ class: name, mode: 'exclusive' }];
  expect(told).toEqual([{ handler: 'guarded', needs, gate: false }, { handler: 'guarded' }]);
});
