/**
 * `anyspeed/runtime/metrics`: how long calls wait and how long tasks hold what they need, for Prometheus,
 * OpenTelemetry, or as plain data.
 *
 * Measuring a run costs more than scheduling it, so nothing is measured until a program asks for it here; then
 * everything is learned from the `diagnostics_channel` events, like anybody else's tool would.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { QueuedMessage, StartedMessage, TaskMessage } from './channels.js';
import { inspect } from './index.js';

/** Upper bounds of the histograms' buckets, in milliseconds. The last bucket, above all, has no bound. */
export const BUCKETS: readonly number[] = [0.1, 0.5, 1, 5, 10, 50, 100, 500, 1000, 5000, 30_000];

export interface Histogram {
  /** How many values lie in each bucket; one more than there are bounds. */
  counts: number[];
  /** The sum of the values, in milliseconds. */
  sum: number;
  count: number;
}

export interface HandlerMetrics {
  handler: string;
  wait: Histogram;
  hold: Histogram;
}

export interface ClassMetrics {
  class: string;
  wait: Histogram;
  hold: Histogram;
}

/** The part of an OpenTelemetry `Meter` that is used. */
export interface Meter {
  createObservableCounter(name: string, options?: { description?: string }): Observable;
  createObservableGauge(name: string, options?: { description?: string; unit?: string }): Observable;
  createHistogram(
    name: string,
    options?: { description?: string; unit?: string },
  ): { record(value: number, attributes?: Record<string, string>): void };
}

interface Observable {
  addCallback(
    callback: (result: { observe(value: number, attributes?: Record<string, string>): void }) => void,
  ): void;
}

type Listener = (kind: 'wait' | 'hold', handler: string, milliseconds: number) => void;

export class Metrics {
  private readonly handlers = new Map<string, HandlerMetrics>();
  private readonly classes = new Map<string, ClassMetrics>();
  private readonly queuedAt = new Map<number, number>();
  /** By run: when it started, and when it took its later steps, each with what it took. */
  private readonly startedAt = new Map<number, { at: number; needs: QueuedMessage['needs'] }[]>();
  private readonly listeners: Listener[] = [];

  constructor() {
    subscribe('anyspeed:queued', this.onQueued);
    subscribe('anyspeed:started', this.onStarted);
    subscribe('anyspeed:released', this.onReleased);
  }

  /** Stops measuring. */
  stop(): void {
    unsubscribe('anyspeed:queued', this.onQueued);
    unsubscribe('anyspeed:started', this.onStarted);
    unsubscribe('anyspeed:released', this.onReleased);
  }

  private readonly onQueued = (message: unknown): void => {
    const { run } = message as QueuedMessage;
    if (run !== undefined) this.queuedAt.set(run, performance.now());
  };

  private readonly onStarted = (message: unknown): void => {
    const { handler, run, needs, step } = message as StartedMessage;
    if (run === undefined) return;
    const now = performance.now();
    const since = this.queuedAt.get(run);
    this.queuedAt.delete(run);
    const waited = since === undefined ? 0 : now - since;
    // A step that need not wait is no more than a part of its run.
    if (step === undefined || waited > 0) this.record('wait', handler, waited);
    this.recordClasses('wait', needs, waited);
    const started = this.startedAt.get(run);
    if (started) started.push({ at: now, needs });
    else this.startedAt.set(run, [{ at: now, needs }]);
  };

  private readonly onReleased = (message: unknown): void => {
    const { handler, run } = message as TaskMessage;
    const started = run === undefined ? undefined : this.startedAt.get(run);
    if (run === undefined || started === undefined) return;
    this.startedAt.delete(run);
    const now = performance.now();
    this.record('hold', handler, now - Math.min(...started.map(({ at }) => at)));
    for (const { at, needs } of started) this.recordClasses('hold', needs, now - at);
  };

  private record(kind: 'wait' | 'hold', handler: string, milliseconds: number): void {
    let metrics = this.handlers.get(handler);
    if (metrics === undefined) {
      metrics = { handler, wait: emptyHistogram(), hold: emptyHistogram() };
      this.handlers.set(handler, metrics);
    }
    add(metrics[kind], milliseconds);
    for (const listener of this.listeners) listener(kind, handler, milliseconds);
  }

  private recordClasses(kind: 'wait' | 'hold', needs: QueuedMessage['needs'], milliseconds: number): void {
    for (const { class: name } of needs) {
      let metrics = this.classes.get(name);
      if (metrics === undefined) {
        metrics = { class: name, wait: emptyHistogram(), hold: emptyHistogram() };
        this.classes.set(name, metrics);
      }
      add(metrics[kind], milliseconds);
    }
  }

  /** Wait and hold times by handler. */
  snapshot(): HandlerMetrics[] {
    return structuredClone([...this.handlers.values()]);
  }

  /**
   * The same by class. A call that waits for several classes in one step counts for each, and so does how long it holds
   * them; what a section takes in a later step it holds from then on.
   */
  byClass(): ClassMetrics[] {
    const none = { wait: emptyHistogram(), hold: emptyHistogram() };
    return structuredClone(
      inspect().classes.map(({ name }) => this.classes.get(name) ?? { class: name, ...none }),
    );
  }

  /** All metrics in the text format of Prometheus, for a `/metrics` endpoint. */
  prometheus(): string {
    const { classes } = inspect();
    const lines = [
      ...family('anyspeed_runs_total', 'counter', 'Runs of the handlers that need a class.'),
      ...classes.map(({ name, runs }) => sample('anyspeed_runs_total', { class: name }, runs)),
      ...family('anyspeed_waits_total', 'counter', 'Calls that had to wait for a class.'),
      ...classes.map(({ name, waits }) => sample('anyspeed_waits_total', { class: name }, waits)),
      ...family('anyspeed_waiting', 'gauge', 'Calls that wait for a class now.'),
      ...classes.map(({ name, waiting }) => sample('anyspeed_waiting', { class: name }, waiting.length)),
    ];
    for (const kind of ['wait', 'hold'] as const) {
      const name = `anyspeed_${kind}_seconds`;
      lines.push(...family(name, 'histogram', `How long ${kind === 'wait' ? 'calls wait' : 'tasks hold'}.`));
      for (const metrics of this.handlers.values()) {
        lines.push(...histogramLines(name, metrics.handler, metrics[kind]));
      }
    }
    return `${lines.join('\n')}\n`;
  }

  /** Reports to an OpenTelemetry meter from now on. */
  report(meter: Meter): void {
    const count = (name: string, description: string, value: (state: Class) => number, isGauge: boolean) => {
      const create = isGauge ? meter.createObservableGauge : meter.createObservableCounter;
      create.call(meter, name, { description }).addCallback(result => {
        for (const state of inspect().classes) result.observe(value(state), { class: state.name });
      });
    };
    count('anyspeed.runs', 'Runs of the handlers that need a class', state => state.runs, false);
    count('anyspeed.waits', 'Calls that had to wait for a class', state => state.waits, false);
    count('anyspeed.waiting', 'Calls that wait for a class now', state => state.waiting.length, true);
    const wait = meter.createHistogram('anyspeed.wait', { description: 'How long calls wait', unit: 'ms' });
    const hold = meter.createHistogram('anyspeed.hold', { description: 'How long tasks hold', unit: 'ms' });
    this.listeners.push((kind, handler, milliseconds) => {
      (kind === 'wait' ? wait : hold).record(milliseconds, { handler });
    });
  }
}

type Class = ReturnType<typeof inspect>['classes'][number];

/** Starts to measure. */
export function measure(): Metrics {
  return new Metrics();
}

function emptyHistogram(): Histogram {
  return { counts: new Array<number>(BUCKETS.length + 1).fill(0), sum: 0, count: 0 };
}

function add(histogram: Histogram, value: number): void {
  const found = BUCKETS.findIndex(bound => value <= bound);
  const bucket = found === -1 ? BUCKETS.length : found;
  (histogram.counts[bucket] as number)++;
  histogram.sum += value;
  histogram.count++;
}

function family(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function sample(name: string, labels: Record<string, string>, value: number): string {
  const text = Object.entries(labels).map(([label, content]) => `${label}="${escaped(content)}"`);
  return `${name}{${text.join(',')}} ${value}`;
}

/** Prometheus counts what lies below a bound, and wants seconds. */
function histogramLines(name: string, handler: string, { counts, sum, count }: Histogram): string[] {
  let below = 0;
  const buckets = counts.map((inBucket, index) => {
    below += inBucket;
    const bound = BUCKETS[index];
    return sample(
      `${name}_bucket`,
      { handler, le: bound === undefined ? '+Inf' : String(bound / 1000) },
      below,
    );
  });
  return [
    ...buckets,
    sample(`${name}_sum`, { handler }, sum / 1000),
    sample(`${name}_count`, { handler }, count),
  ];
}

function escaped(content: string): string {
  return content.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
