/** What the bench prints, and the page that it writes: ratios with their spread, and whether they reach what is wanted. */
import { cpus } from 'node:os';
import { median } from '../median.js';

/** @typedef {import('./drives.js').Run} Run */
/** @typedef {import('./measures.js').Comparison} Comparison */
/** @typedef {import('./measures.js').Sweep} Sweep */
/** @typedef {{ plugin: Run, other: Run, bound?: Run | undefined }} Pair */
/** @typedef {{ comparison: Comparison, pairs: Pair[] }} Compared */
/** @typedef {{ at: number, label: string, runs: Run[] }} Point */
/** @typedef {{ name: string, title: string, points: Point[] }} Line */
/** @typedef {{ compared: Compared[], curves: { sweep: Sweep, lines: Line[] }[], seconds: number, rounds: number, busy: number }} Results */

/** @param {readonly Run[]} runs */
export const throughputOf = runs => median(runs.map(({ throughput }) => throughput));

/** @param {readonly Run[]} runs */
export const hasBroken = runs => runs.some(({ broken }) => broken.length > 0);

/**
 * The time that the tasks of the plugin's run held, against what the same tasks hold as whole handlers.
 *
 * @param {Pair} pair
 */
function holdRatio({ plugin, other }) {
  const whole = new Map(other.held.map(([handler, tasks, milliseconds]) => [handler, milliseconds / tasks]));
  let narrow = 0;
  let wide = 0;
  for (const [handler, tasks, milliseconds] of plugin.held) {
    const each = whole.get(handler);
    if (each === undefined) continue;
    narrow += milliseconds;
    wide += tasks * each;
  }
  return narrow / wide;
}

/** @param {Compared} compared */
function ratiosOf({ comparison, pairs }) {
  if (comparison.what === 'hold') return pairs.map(holdRatio);
  return pairs.map(({ plugin, other }) => plugin.throughput / other.throughput);
}

/** @param {number} ratio */
const ratioText = ratio => (ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2));

/** @param {Compared} compared */
function verdictOf(compared) {
  const { comparison, pairs } = compared;
  const broken = pairs.filter(({ plugin }) => plugin.broken.length > 0).length;
  if (broken > 0) return `failed: invariants broken in ${broken} of ${pairs.length} runs`;
  const ratio = median(ratiosOf(compared));
  const isReached = comparison.what === 'hold' ? ratio <= comparison.target : ratio >= comparison.target;
  return isReached ? 'yes' : `no${boundOf(pairs)}`;
}

/**
 * What the ratio would be without any lock, where that is measured: there is no more to be had.
 *
 * @param {readonly Pair[]} pairs
 */
function boundOf(pairs) {
  const ratios = pairs.flatMap(({ other, bound }) => (bound ? [bound.throughput / other.throughput] : []));
  return ratios.length === 0 ? '' : `; without any lock: ${ratioText(median(ratios))}`;
}

/**
 * @param {readonly Run[]} runs
 * @param {Comparison} comparison
 */
function summaryOf(runs, { what }) {
  if (what === 'throughput') {
    const failed = runs.filter(({ broken }) => broken.length > 0).length;
    const note = failed > 0 ? ` (broke invariants in ${failed} of ${runs.length} runs)` : '';
    return `${integer(throughputOf(runs))} req/s${note}`;
  }
  const mean = runs.map(({ held }) => {
    const tasks = held.reduce((sum, [, count]) => sum + count, 0);
    return held.reduce((sum, [, , milliseconds]) => sum + milliseconds, 0) / tasks;
  });
  return `${median(mean).toFixed(2)} ms`;
}

/** @param {number} value */
const integer = value => Math.round(value).toLocaleString('en-US');

/** @param {readonly string[][]} rows the first is the heading */
function table([heading = [], ...rows]) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const rule = heading.map((_, column) => (column === 0 ? '---' : '---:'));
  return `${[heading, rule, ...rows].map(line).join('\n')}\n`;
}

/** @param {readonly Compared[]} compared */
function comparisonTable(compared) {
  return table([
    ['measure', 'wanted', 'median', 'range', 'reached', 'anyspeed', 'the other'],
    ...compared.map(each => {
      const { comparison, pairs } = each;
      const ratios = ratiosOf(each);
      const atLeast = comparison.what === 'hold' ? 'at most' : 'at least';
      return [
        comparison.title,
        `${atLeast} ${comparison.target}`,
        `**${ratioText(median(ratios))}**`,
        `${ratioText(Math.min(...ratios))} - ${ratioText(Math.max(...ratios))}`,
        verdictOf(each),
        summaryOf(
          pairs.map(({ plugin }) => plugin),
          comparison,
        ),
        summaryOf(
          pairs.map(({ other }) => other),
          comparison,
        ),
      ];
    }),
  ]);
}

/**
 * By handler: how long its tasks hold, and as whole handlers; those that hold most in all first.
 *
 * @param {readonly Compared[]} compared
 */
function holdTable(compared) {
  const [hold] = compared.filter(({ comparison }) => comparison.what === 'hold');
  if (!hold) return '';
  const { pairs } = hold;
  const narrow = totalsOf(pairs.map(({ plugin }) => plugin));
  const whole = totalsOf(pairs.map(({ other }) => other));
  const rows = [...narrow].sort(([, a], [, b]) => b.milliseconds - a.milliseconds);
  const mean = (/** @type {Totals | undefined} */ totals) =>
    totals === undefined ? '-' : (totals.milliseconds / totals.tasks).toFixed(2);
  return table([
    ['handler', 'tasks', 'held on average (ms)', 'as a whole handler (ms)'],
    ...rows.map(([handler, totals]) => [
      `\`${handler}\``,
      integer(totals.tasks),
      mean(totals),
      mean(whole.get(handler)),
    ]),
  ]);
}

/** @typedef {{ tasks: number, milliseconds: number }} Totals */

/** @param {readonly Run[]} runs */
function totalsOf(runs) {
  /** @type {Map<string, Totals>} */
  const totals = new Map();
  for (const [handler, tasks, milliseconds] of runs.flatMap(({ held }) => held)) {
    const known = totals.get(handler) ?? { tasks: 0, milliseconds: 0 };
    totals.set(handler, { tasks: known.tasks + tasks, milliseconds: known.milliseconds + milliseconds });
  }
  return totals;
}

/** @param {Results['curves'][number]} curve */
function curveTable({ sweep, lines }) {
  const [first] = lines;
  return table([
    [sweep.axis, ...lines.map(({ title }) => title)],
    ...(first?.points ?? []).map(({ label }, index) => [
      label,
      ...lines.map(({ points }) => {
        const runs = points[index]?.runs ?? [];
        return `${integer(throughputOf(runs))}${hasBroken(runs) ? ' (broken)' : ''}`;
      }),
    ]),
  ]);
}

/** @param {Results} results */
export function formatResults({ compared, curves }) {
  return [
    comparisonTable(compared),
    holdTable(compared),
    ...curves.map(curve => `${curve.sweep.title}:\n\n${curveTable(curve)}`),
  ].join('\n');
}

/** @param {Results} results */
export function formatPage({ compared, curves, seconds, rounds, busy }) {
  const charts = curves.map(
    curve =>
      `## ${curve.sweep.title}\n\n![${curve.sweep.title}](${curve.sweep.file})\n\n${curveTable(curve)}`,
  );
  return `# Throughput

How fast the record shop of [fixtures/shop](../fixtures/shop/README.md) answers with the plugin, beside the same server with no locks, with
one global lock, and with the locks that an expert writes by hand. \`npm run bench:throughput -- --write\` measures all of it and writes this page:
over HTTP, the load from a process of its own, ${seconds} seconds a run, Node ${process.version} on ${cpus().length} cores (${cpus()[0]?.model.trim()}), on
which ${busy.toFixed(1)} other programs were running when it began.

After each run the invariants of the shop are checked through its API (units in carts and in stock, points, order numbers, coupons, one
order for each idempotency key, ...). A run that broke one is marked and counts as failed, however fast it was.

- **no locks** is the shop as it is written. It breaks its invariants wherever requests conflict; its speed is what correct
  ones can be compared with, not what can be had.
- **one global lock** is one mutex around every request ([server.ts](../fixtures/shop/variants/global-lock/server.ts)).
- **locks by hand** has a mutex for each cart, product, coupon, address, user's points and zone, made with async-mutex and held from the
  first read to the last write ([locks.ts](../fixtures/shop/variants/key-locks/locks.ts) and the services beside it).
- **anyspeed** is the shop as it is written, built with the plugin and no options.
- **whole handlers** is the plugin without narrow sections: each protected handler holds from the call until it has settled.

## Against what is wanted

Each ratio is that of two runs right after one another with the same seed; the median of ${rounds} and their range.

${comparisonTable(compared)}
The usual mix has two clients an account, impatient ones who click twice, and 40 % of all interest in one limited pressing; 5 % of what
is done changes something. Where little conflicts, each client has an account of its own and nothing is scarce. The lock times are means over
all tasks that held something, with eight clients and half of what is done changing something:

${holdTable(compared)}
${charts.join('\n')}`;
}
