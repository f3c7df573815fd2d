import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { catalog, createDiagnostic } from '../../src/diagnostics/catalog.js';

const pages = fileURLToPath(new URL('../../docs/diagnostics/', import.meta.url));
const codes = Object.keys(catalog);

test('every code has its page and every page its code', () => {
  expect(readdirSync(pages).sort()).toEqual(codes.map(code => `${code}.md`).sort());
});

describe.each(codes)('%s', code => {
  test('is stable and readable', () => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test('has a page with what it means and what to do', () => {
    const page = readFileSync(`${pages}${code}.md`, 'utf8');
    expect(page).toMatch(new RegExp(`^# ${code}\n`));
    for (const heading of ['What it means', 'What to do']) expect(page).toContain(`\n## ${heading}\n`);
  });

  test('says what happened in a sentence, and why it matters', () => {
    const describe = catalog[code as keyof typeof catalog] as (...details: unknown[]) => {
      message: string;
      hint: string;
      severity: string;
    };
    const { message, hint, severity } = describe(
      ...Array.from({ length: describe.length }, (_, index) => `<${index}>`),
    );
    expect(['error', 'warning', 'info']).toContain(severity);
    expect(message).toMatch(/^[A-Z"<]/);
    expect(hint).toMatch(/^[A-Z].*\.$/);
    for (let index = 0; index < describe.length; index++) {
      // Sizes are shown as numbers, which these are not.
      if (code !== 'oversized-module') expect(message).toContain(`<${index}>`);
    }
  });
});

test('a diagnostic is plain data with the place it was given', () => {
  const diagnostic = createDiagnostic(
    'unresolved-import',
    { module: 'a.js', line: 1, column: 2 },
    './b',
    'a.js',
  );
  expect(diagnostic).toEqual({
    code: 'unresolved-import',
    severity: 'warning',
    message: '"./b", imported by a.js, cannot be found.',
    hint: expect.stringContaining('assumes the worst'),
    module: 'a.js',
    line: 1,
    column: 2,
  });
  expect(JSON.parse(JSON.stringify(diagnostic))).toEqual(diagnostic);
});
