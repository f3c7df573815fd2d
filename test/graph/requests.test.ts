import { expect, test } from '@jest/globals';
import { parseModule } from '../../src/graph/parse.js';
import { moduleRequests } from '../../src/graph/requests.js';

function requestsOf(code: string, id = 'a.ts') {
  const parsed = parseModule(id, code, { packageType: undefined, parserPlugins: [] });
  if ('failure' in parsed) throw new Error(parsed.failure.message);
  return moduleRequests(parsed.ast, code).map(({ request, style }) => `${style} ${request}`);
}

test.each([
  ['import "a"', ['import a']],
  ['import a, { b as c } from "a"; import * as d from "d"', ['import a', 'import d']],
  ['export { a } from "a"; export * from "b"; export * as c from "c"', ['import a', 'import b', 'import c']],
  ['export const a = 1; export default a', []],
  ['const a = require("a")', ['require a']],
  ['function f() { if (x) return [() => require(`a`)] }', ['require a']],
  ['class A { static { this.x = require("a").b.c("d") } }', ['require a']],
  ['const a = await import("a")', ['import a']],
  ['const a = import(/* lazy */ `a`)', ['import a']],
  ['const a = import ("a"), b = import/**/("b")', ['import a', 'import b']],
  ['require.resolve("a"); required("b"); x.require("c")', []],
  [`require(a); import(a + "b"); require(\`a\${b}\`); require()`, []],
  ['const a = "require(\'b\')"', []],
  ['f(() => import("b")); import a from "a"', ['import b', 'import a']],
])('%s', (code, requests) => {
  expect(requestsOf(code)).toEqual(requests);
});

test.each([
  ['import a = require("a"); export import b = require("b")', ['require a', 'require b']],
  ['import a = N.M', []],
  ['import type a from "a"; import type { b } from "b"; import { type c, type d } from "c"', []],
  ['export type { a } from "a"; export type * from "b"; export { type c } from "c"', []],
  ['import type a = require("a")', []],
  [
    'import { type a, b } from "a"; import {} from "b"; import c, { type d } from "c"',
    ['import a', 'import b', 'import c'],
  ],
  ['declare module "a" { import b from "b"; export * from "c" }', []],
  ['let a: import("a").B; type C = typeof import("c")', []],
])('TypeScript: %s', (code, requests) => {
  expect(requestsOf(code)).toEqual(requests);
});

test('Flow: type imports are none', () => {
  const code = '/* @flow */ import type { A } from "a"; import typeof B from "b"; import { type C } from "c"';
  expect(requestsOf(code, 'a.js')).toEqual([]);
});

test('each knows its place', () => {
  const code = 'import a from "a";\n  const b = require("b");';
  const parsed = parseModule('a.js', code, { packageType: undefined, parserPlugins: [] });
  expect('ast' in parsed && moduleRequests(parsed.ast, code)).toEqual([
    { request: 'a', style: 'import', line: 1, column: 14 },
    { request: 'b', style: 'require', line: 2, column: 20 },
  ]);
});
