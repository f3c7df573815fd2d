/** The difference of two short texts as people read it: lines with a sign, and a few that did not change around them. */

const AROUND = 2;

export interface DiffLine {
  sign: ' ' | '-' | '+';
  text: string;
}

/** Changed lines with those around; a gap is a line of its own, `…`. */
export function diffLines(before: string | null, after: string): DiffLine[] {
  const all = difference(linesOf(before ?? ''), linesOf(after));
  const isNear = (index: number): boolean =>
    all.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ sign }) => sign !== ' ');
  const shown: DiffLine[] = [];
  let isGap = false;
  all.forEach((line, index) => {
    if (isNear(index)) {
      if (isGap) shown.push({ sign: ' ', text: '…' });
      isGap = false;
      shown.push(line);
    } else isGap = true;
  });
  return shown;
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** By the longest common subsequence. Configurations are short, so the simple way is fast enough. */
function difference(before: readonly string[], after: readonly string[]): DiffLine[] {
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] as number;
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      common[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ sign: ' ', text: before[i++] as string });
      j++;
    } else if (i < before.length && (j === after.length || at(i + 1, j) >= at(i, j + 1)))
      lines.push({ sign: '-', text: before[i++] as string });
    else lines.push({ sign: '+', text: after[j++] as string });
  }
  return lines;
}
