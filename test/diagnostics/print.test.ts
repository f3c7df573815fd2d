import { expect, test } from '@jest/globals';
import { createDiagnostic } from '../../src/diagnostics/catalog.js';
import { codeFrame } from '../../src/diagnostics/code-frame.js';
import { formatDiagnostic, formatDiagnostics, formatPlace } from '../../src/diagnostics/print.js';

const code = 'const a = 1;\nconst b = = 2;\n';
const frame = codeFrame(code, 2, 10) as string;
const broken = createDiagnostic(
  'unparsable-module',
  { module: 'src/a.ts', line: 2, column: 10, frame },
  'src/a.ts',
  'Unexpected token',
);

test('message, place, frame and hint', () => {
  expect(formatDiagnostic(broken, { color: false })).toBe(
    [
      'error src/a.ts cannot be parsed: Unexpected token [unparsable-module]',
      '  at src/a.ts:2:11',
      '',
      '    1 | const a = 1;',
      '  > 2 | const b = = 2;',
      '      |           ^',
      '    3 |',
      '',
      `  ${broken.hint}`,
    ].join('\n'),
  );
});

test('no more than there is', () => {
  const { place: _, ...diagnostic } = { ...createDiagnostic('no-modules', {}, '/app'), place: undefined };
  expect(formatDiagnostic(diagnostic, { color: false })).toBe(
    `warning No source file was found in "/app". [no-modules]\n  ${diagnostic.hint}`,
  );
});

test('colours add nothing but colours', () => {
  const colored = formatDiagnostic(broken, { color: true });
  expect(colored).toContain('\u001b[31merror\u001b[39m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how colours are written.
  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(formatDiagnostic(broken, { color: false }));
});

test('several stand apart', () => {
  const one = formatDiagnostic(broken, { color: false });
  expect(formatDiagnostics([broken, broken], { color: false })).toBe(`${one}\n\n${one}`);
  expect(formatDiagnostics([])).toBe('');
});

test('places as editors link them', () => {
  expect(formatPlace({ module: 'a.ts', line: 3, column: 0 })).toBe('a.ts:3:1');
  expect(formatPlace({ module: 'a.ts', line: 3 })).toBe('a.ts:3');
  expect(formatPlace({ module: 'a.ts' })).toBe('a.ts');
  expect(formatPlace({})).toBe('');
});
