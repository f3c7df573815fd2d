/** Which files are source, told by their names alone. */

/** JavaScript, TypeScript, and TypeScript with JSX, which cannot be told apart by content. */
export type SourceKind = 'js' | 'ts' | 'tsx';

const KINDS: Readonly<Record<string, SourceKind>> = {
  js: 'js',
  cjs: 'js',
  mjs: 'js',
  jsx: 'js',
  ts: 'ts',
  cts: 'ts',
  mts: 'ts',
  tsx: 'tsx',
};

const DECLARATION = /\.d\.([^./]+\.)?[cm]?ts$/;

/** The kind of a source file, or nothing for any other file. Type declarations hold no code and are none. */
export function sourceKind(file: string): SourceKind | undefined {
  const extension = file.slice(file.lastIndexOf('.') + 1);
  const kind = Object.hasOwn(KINDS, extension) ? KINDS[extension] : undefined;
  return kind === 'ts' && DECLARATION.test(file) ? undefined : kind;
}
