/**
 * Draws results as bars, one group for each workload, as an SVG that needs nothing to be shown.
 */

/** Bars longer than this are cut and say so by their number. */
const LONGEST = 12;
const BAR = 16;
const LEFT = 230;
const WIDTH = 820;

/** @param {string} text */
const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** @param {{ workload: string, subject: string, ratio: number }[]} results */
export function drawChart(results) {
  const lines = [];
  let y = 34;
  let workload = '';
  for (const each of results) {
    if (each.workload !== workload) {
      y += 14;
      workload = each.workload;
      lines.push(`<text x="8" y="${y + 12}" class="group">${escaped(workload)}</text>`);
      y += 20;
    }
    const length = (Math.min(each.ratio, LONGEST) / LONGEST) * (WIDTH - LEFT - 60);
    const kind = each.subject.startsWith('anyspeed') ? 'own' : 'other';
    lines.push(
      `<text x="${LEFT - 8}" y="${y + 12}" class="subject">${escaped(each.subject)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${length.toFixed(1)}" height="${BAR - 3}" class="${kind}"/>`,
      `<text x="${(LEFT + length + 6).toFixed(1)}" y="${y + 12}">${each.ratio.toFixed(2)}</text>`,
    );
    y += BAR;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 16}" font-family="system-ui, sans-serif" font-size="12">
<title>What a call costs</title>
<style>rect.own{fill:#2563eb}rect.other{fill:#9ca3af}text{fill:#6b7280}text.group{font-weight:600}text.subject{text-anchor:end}</style>
<text x="8" y="20">Time of a call, in bare <tspan font-family="monospace">await fn()</tspan> (Node ${process.version}); shorter is better</text>
${lines.join('\n')}
</svg>
`;
}
