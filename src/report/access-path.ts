/** How a handler comes to an access, call by call, with the lines of the source. */
import { codeFrame } from '../diagnostics/code-frame.js';
import { formatPlace } from '../diagnostics/print.js';
import type { AccessPath, CallStep, Explanations } from '../explain/explanations.js';
import type { Location } from '../plan/plan.js';
import { type Cell, table } from './layout.js';
import type { Style } from './style.js';

/** Longer lines of source tell nothing in a table. */
const LONGEST_EXCERPT = 90;

const verbs: Record<CallStep['relation'], string> = {
  call: 'calls',
  callback: 'runs',
  later: 'runs later',
};

/** One line for each call and one for the access, then the lines around the access. */
export function pathLines(path: AccessPath, explanations: Explanations, style: Style): string[] {
  return [...stepLines(path, explanations, style), ...frameLines(explanations, path.access.at)];
}

/** One line for each call and one for the access. */
export function stepLines(
  { steps, access, assumed, isByCaller }: AccessPath,
  explanations: Explanations,
  style: Style,
): string[] {
  const { cyan, dim } = style.colors;
  const row = (at: Location, what: string): Cell[] => [
    { text: formatPlace(at), paint: cyan },
    { text: what },
    { text: excerpt(explanations, at), paint: dim },
  ];
  const verb = access.mode === 'write' ? 'writes' : 'reads';
  const rows = [
    ...steps.map(({ at, relation, callee }) => row(at, `${verbs[relation]} ${callee}`)),
    row(access.at, `${verb} ${access.resource}`),
  ];
  const lines = table(rows, '    ', style);
  if (isByCaller) lines.push('    That is: whoever called it reads this in what it returned or yielded.');
  if (assumed) lines.push(`    That is assumed: what \`${assumed.detail}\` does is not understood.`);
  return lines;
}

/** The lines of the source around a place. */
export function frameLines(explanations: Explanations, { module, line, column }: Location): string[] {
  const frame = codeFrame(explanations.textOf(module), line, column);
  return frame === undefined ? [] : frame.split('\n').map(text => `      ${text}`.trimEnd());
}

function excerpt(explanations: Explanations, { module, line }: Location): string {
  const text = (explanations.textOf(module).split('\n', line)[line - 1] ?? '').trim();
  return text.length > LONGEST_EXCERPT ? '' : text;
}
