/** Names with braces stand for several, as in a shell: `Math.{abs,ceil}`; one entry then models them all. */

/** The names that `pattern` stands for. */
export function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf('{');
  if (open < 0) return [pattern];
  const close = pattern.indexOf('}', open);
  if (close < 0) throw new Error(`"${pattern}" has an opening brace without a closing one`);
  const before = pattern.slice(0, open);
  const after = expandBraces(pattern.slice(close + 1));
  return pattern
    .slice(open + 1, close)
    .split(',')
    .flatMap(choice => after.map(rest => before + choice + rest));
}
