/** Lines and columns from offsets, by binary search over the line starts of one source text. */
export class LineIndex {
  private readonly starts: number[] = [0];

  constructor(code: string) {
    for (let i = code.indexOf('\n'); i >= 0; i = code.indexOf('\n', i + 1)) this.starts.push(i + 1);
  }

  /** 1-based line and 0-based column of an offset. */
  locate(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.starts[low] as number) };
  }

  /** The offset of a 1-based line and a 0-based column. */
  offsetOf(line: number, column: number): number {
    return (this.starts[line - 1] ?? 0) + column;
  }
}
