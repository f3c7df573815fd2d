/**
 * The expressions that name a key, seen from the function in which a section begins.
 *
 * They are what can be worked out there without any effect: its parameters, `this`, constants that it has declared by
 * then, properties of those, and texts made of them.
 */
export type KeyExpression =
  /** The parameter at this position. */
  | { is: 'parameter'; index: number; name: string | null }
  /** A constant of the function, or what a pattern among its parameters binds. */
  | { is: 'variable'; name: string }
  | { is: 'this' }
  | { is: 'constant'; value: string | number }
  | { is: 'property'; of: KeyExpression; name: string }
  /** A template: strings and parts alternate. */
  | { is: 'text'; strings: string[]; parts: KeyExpression[] };

/** As one would write it. Parameters without a name are called by their position. */
export function textOf(key: KeyExpression): string {
  switch (key.is) {
    case 'parameter':
      return key.name ?? `argument ${key.index + 1}`;
    case 'variable':
      return key.name;
    case 'this':
      return 'this';
    case 'constant':
      return JSON.stringify(key.value);
    case 'property':
      return `${textOf(key.of)}.${key.name}`;
    case 'text':
      return `\`${key.strings.map((string, i) => string + partText(key.parts[i])).join('')}\``;
  }
}

function partText(part: KeyExpression | undefined): string {
  return part === undefined ? '' : `\${${textOf(part)}}`;
}

/** How many parts an expression has: what is longer than a line is no key that anybody would write. */
export function sizeOf(key: KeyExpression): number {
  if (key.is === 'property') return 1 + sizeOf(key.of);
  return key.is === 'text' ? key.parts.reduce((sum, part) => sum + sizeOf(part), 1) : 1;
}
