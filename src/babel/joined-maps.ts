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

  get mappings(): string {
    return this.lines.join(';');
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
    const { sources, names, mappings } = this;
    return { version: 3, sources, names, mappings };
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

/** What is left of mappings when only the lines matter: those that lead to another line than the one before in their own line. */
export function ofLines(mappings: string): string {
  const place = [0, 0, 0];
  let kept = [...place];
  return mappings
    .split(';')
    .map(text => {
      let generated = 0;
      let [keptColumn, source, line] = [0, -1, -1];
      const left: string[] = [];
      for (const [delta = 0, ...fields] of text.split(',').map(decode)) {
        generated += delta;
        if (fields.length === 0) continue;
        for (let i = 0; i < 3; i++) place[i] = (place[i] as number) + (fields[i] as number);
        if (place[0] === source && place[1] === line) continue;
        [source, line] = place as [number, number];
        left.push(encode([generated - keptColumn, ...place.map((value, i) => value - (kept[i] as number))]));
        keptColumn = generated;
        kept = [...place];
      }
      return left.join(',');
    })
    .join(';');
}
