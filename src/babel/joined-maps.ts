/**
 * One source map for a text that is put together of others.
 *
 * The format has a way to say that (`sections`), which Node does not read. All numbers of a mapping but the column count on from those
 * of the mapping before; so of each text, only the first mapping is another one in the joined map.
 */

import { decode, encode } from '../source-maps/vlq.js';

/** A source map as Babel gives it. */
export interface SourceMap {
  sources: string[];
  names: string[];
  mappings: string;
}

/** The place in the sources that a mapping counts on from: source, line, column and name. */
type State = [source: number, line: number, column: number, name: number];

export class JoinedMaps {
  private readonly sources: string[] = [];
  private readonly names: string[] = [];
  private readonly lines: string[] = [];
  private state: State = [0, 0, 0, 0];

  /** Whether nothing has a map. */
  get isEmpty(): boolean {
    return this.sources.length === 0;
  }

  /** Adds a text of so many lines that begins a line of its own. */
  add(lineCount: number, map: SourceMap | null): void {
    const lines = map?.mappings.split(';') ?? [];
    if (map) {
      const offset: State = [this.sources.length, 0, 0, this.names.length];
      this.lines.push(...this.continued(lines, offset));
      this.sources.push(...map.sources);
      this.names.push(...map.names);
    }
    for (let line = lines.length; line < lineCount; line++) this.lines.push('');
  }

  toJSON(): object {
    const mappings = this.lines.join(';');
    return { version: 3, sources: this.sources, names: this.names, mappings };
  }

  /** The mappings of one text, counting on from where the last one has ended. */
  private continued(lines: readonly string[], offset: State): string[] {
    const before = this.state;
    const own: State = [0, 0, 0, 0];
    const isFirst = [true, true, true, true];
    const joined = lines.map(line =>
      line
        .split(',')
        .map(text => {
          const [generated, ...fields] = decode(text);
          if (generated === undefined) return '';
          const moved = fields.map((delta, i) => {
            own[i] = (own[i] as number) + delta;
            if (!isFirst[i]) return delta;
            isFirst[i] = false;
            return (own[i] as number) + (offset[i] as number) - (before[i] as number);
          });
          return encode([generated, ...moved]);
        })
        .join(','),
    );
    this.state = own.map((value, i) =>
      isFirst[i] ? (before[i] as number) : value + (offset[i] as number),
    ) as State;
    return joined;
  }
}
