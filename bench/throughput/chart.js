/** Draws a sweep as lines, one for each variant, as an SVG that needs nothing to be shown and follows light and dark. */
import { hasBroken, throughputOf } from './report.js';

/** @typedef {import('./report.js').Line} Line */

const WIDTH = 820;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 150;
const TOP = 48;
const BOTTOM = 52;
const TICKS = 5;
/** Labels at the ends of lines are at least this far from each other. */
const LABEL_HEIGHT = 16;

/** @param {string} text */
const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The next round number above. @param {number} value */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return (Math.ceil((value / power) * 2) / 2) * power;
}

/** Heights for labels that want to be at `wanted` and must not overlap. @param {readonly number[]} wanted */
function spreadOut(wanted) {
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const placed = [...wanted];
  let lowest = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    lowest = Math.max(wanted[index] ?? 0, lowest + LABEL_HEIGHT);
    placed[index] = lowest;
  }
  return placed;
}

/**
 * @param {import('./measures.js').Sweep} sweep
 * @param {readonly Line[]} lines
 */
export function drawChart({ title, axis, isLogarithmic, points }, lines) {
  const scale = isLogarithmic ? Math.log2 : (/** @type {number} */ at) => at;
  const first = scale(points[0]?.at ?? 0);
  const last = scale(points.at(-1)?.at ?? 1);
  const top = ceiling(Math.max(...lines.flatMap(line => line.points.map(({ runs }) => throughputOf(runs)))));
  const x = (/** @type {number} */ at) =>
    LEFT + ((scale(at) - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (/** @type {number} */ value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);

  const drawn = [];
  for (let tick = 0; tick <= TICKS; tick++) {
    const value = (top * tick) / TICKS;
    drawn.push(
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/>`,
      `<text class="end" x="${LEFT - 8}" y="${y(value) + 4}">${Math.round(value).toLocaleString('en-US')}</text>`,
    );
  }
  for (const { at, label } of points)
    drawn.push(`<text class="middle" x="${x(at)}" y="${HEIGHT - BOTTOM + 18}">${escaped(label)}</text>`);
  const ends = spreadOut(lines.map(line => y(throughputOf(line.points.at(-1)?.runs ?? []))));
  for (const [index, { name, title, points }] of lines.entries()) {
    const places = points.map(({ at, runs }) => ({
      x: x(at),
      y: y(throughputOf(runs)),
      isBroken: hasBroken(runs),
    }));
    const path = places.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
    drawn.push(
      `<g class="${name}"><polyline points="${path}"/>`,
      ...places.map(
        ({ x, y, isBroken }) =>
          `<circle${isBroken ? ' class="broken"' : ''} cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"/>`,
      ),
      `<text x="${WIDTH - RIGHT + 12}" y="${((ends[index] ?? 0) + 4).toFixed(1)}">${escaped(title)}</text></g>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">
<title>${escaped(title)}</title>
<style>
svg{background:#fff;--ink:#57606a;--grid:#d8dee4;--paper:#fff}
@media(prefers-color-scheme:dark){svg{background:#0d1117;--ink:#9aa4af;--grid:#2b323b;--paper:#0d1117}}
text{fill:var(--ink)}text.end{text-anchor:end}text.middle{text-anchor:middle}.heading{font-weight:600;font-size:14px}
.grid{stroke:var(--grid)}polyline{fill:none;stroke:var(--line);stroke-width:2}
circle{fill:var(--line);stroke:var(--line);stroke-width:2}circle.broken{fill:var(--paper)}g text{fill:var(--line);font-weight:600}
.unprotected{--line:#8a939d}.global-lock{--line:#c2410c}.key-locks{--line:#0f9d6b}.protected{--line:#3b82f6}
</style>
<text class="heading" x="${LEFT}" y="24">${escaped(title)}</text>
${drawn.join('\n')}
<text class="middle" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}">${escaped(axis)}; hollow: an invariant was broken</text>
</svg>
`;
}
