/** What depends on the terminal, with streams that only pretend to be one. */
import { describe, expect, test } from '@jest/globals';
import { Progress } from '../../src/cli/progress.js';
import { isColored, styleFor } from '../../src/cli/terminal.js';

function recordingStream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

describe('progress', () => {
  test('on a terminal is one line that is gone in the end', () => {
    const stream = recordingStream(true);
    const progress = new Progress(stream);
    progress.say('Reading');
    progress.say('Analysing');
    progress.end();
    expect(stream.written).toEqual(['\r\u001b[KReading', '\r\u001b[KAnalysing', '\r\u001b[K']);
  });

  test('that changes fast is said now and then', () => {
    const stream = recordingStream(true);
    const progress = new Progress(stream);
    for (let i = 0; i < 1000; i++) progress.maySay(`Reading ${i}`);
    expect(stream.written[0]).toBe('\r\u001b[KReading 0');
    expect(stream.written.length).toBeLessThan(20);
  });

  test('is not written to files', () => {
    const stream = recordingStream(false);
    const progress = new Progress(stream);
    progress.say('Reading');
    progress.maySay('Reading 1');
    progress.end();
    expect(stream.written).toEqual([]);
  });

  test('leaves a line alone on which it wrote nothing', () => {
    const stream = recordingStream(true);
    new Progress(stream).end();
    expect(stream.written).toEqual([]);
  });
});

describe('style', () => {
  test('a terminal has colours and a width, a pipe has neither', () => {
    expect(styleFor({ isTTY: true, columns: 70 }, {})).toMatchObject({
      width: 70,
      colors: { isColorSupported: true },
    });
    expect(styleFor({}, {})).toMatchObject({
      width: Number.POSITIVE_INFINITY,
      colors: { isColorSupported: false },
    });
  });

  test.each([
    [{ TERM: 'dumb' }, false],
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
    [{ FORCE_COLOR: '' }, true],
    [{ FORCE_COLOR: 'false' }, false],
  ])('a terminal with %j is coloured: %s', (env, expected) => {
    expect(isColored({ isTTY: true }, env)).toBe(expected);
  });
});
