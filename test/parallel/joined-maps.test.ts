/** A text that is put together of compiled ones has a map that leads where those of its parts lead. */
import babel from '@babel/core';
import { expect, test } from '@jest/globals';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { JoinedMaps, type SourceMap } from '../../src/babel/joined-maps.js';

const TEXTS = {
  'a.js': 'const first = 1;\n\n\nexport function add(left, right) { return left + right + first; }\n',
  'b.js':
    '\n\nconst long = x => x * 1000; class Box { get size() { return long(3); } }\nlong(new Box().size);\n',
  'c.js': 'const last = [1, 2, 3].map(each => each * 2);',
};

test('every mapping leads where it led', () => {
  const joined = new JoinedMaps();
  const parts = Object.entries(TEXTS).map(([name, text]) => {
    const result = babel.transformSync(text, {
      filename: name,
      configFile: false,
      babelrc: false,
      sourceMaps: true,
      sourceFileName: name,
    });
    return { code: result?.code ?? '', map: result?.map as SourceMap };
  });
  let lines = 0;
  const offsets = parts.map(({ code, map }) => {
    joined.add(2, null);
    const offset = lines + 2;
    const count = code.split('\n').length;
    joined.add(count, map);
    lines = offset + count;
    return offset;
  });
  const whole = new TraceMap(JSON.stringify(joined));
  let compared = 0;
  parts.forEach(({ code, map }, index) => {
    const own = new TraceMap({ version: 3, ...map });
    code.split('\n').forEach((text, line) => {
      for (let column = 0; column < text.length; column++) {
        const expected = originalPositionFor(own, { line: line + 1, column });
        const at = line + 1 + (offsets[index] as number);
        expect(originalPositionFor(whole, { line: at, column })).toEqual(expected);
        compared++;
      }
    });
  });
  expect(compared).toBeGreaterThan(100);
});
