/**
 * What functions throw in real workers, and what cannot cross.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import { AnyspeedError, close, moving } from '../../../runtime/parallel/index.js';
import { inWorkers } from './in-workers.js';

declare const require: NodeJS.Require;

afterAll(close);

async function thrownBy(call: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return call.then(
    value => {
      throw new Error(`returned ${String(value)}`);
    },
    error => error,
  );
}

describe('what a function throws', () => {
  test('is of the same built-in class, with message, properties and cause', async () => {
    const fail = inWorkers('fail', (name: string) => {
      const cause = Object.assign(new RangeError('inner'), { depth: 2, callback: () => 0 });
      throw Object.assign(new TypeError(`no ${name}`, { cause }), { code: 'E_NO', list: [1] });
    });
    const error = await thrownBy(fail('luck'));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ name: 'TypeError', message: 'no luck', code: 'E_NO', list: [1] });
    const cause = error.cause as Error & Record<string, unknown>;
    expect(cause).toBeInstanceOf(RangeError);
    expect(cause).toMatchObject({ message: 'inner', depth: 2 });
    expect(cause).not.toHaveProperty('callback');
    expect(Object.keys(error)).toEqual(['code', 'list']);
  });

  test('has the frames of both sides, and none of this package between', async () => {
    const innermost = inWorkers('innermost', function innermost() {
      (function deep() {
        throw new Error('deep');
      })();
    });
    async function whoCalls() {
      await innermost();
    }
    const { stack = '' } = await thrownBy(whoCalls());
    const frames = stack
      .split('\n')
      .slice(1)
      .map(line => line.replace(/ \(.*\)$| file:.*$/, '').trim());
    expect(frames.slice(0, 2)).toEqual(['at deep', 'at innermost']);
    expect(frames[2]).toBe('at');
    expect(stack).toMatch(
      /\n {4}at \(in a worker thread, for the call\)\n(?: {4}at .*\n)* {4}at .*\bwhoCalls /,
    );
    expect(stack).not.toMatch(/piscina|(?<!test\/)runtime\/parallel\/|parallel-worker/);
  });

  test('keeps the errors of an AggregateError, and those of the system', async () => {
    const both = inWorkers('both', () => {
      const { readFileSync } = require('node:fs');
      try {
        readFileSync('/does/not/exist');
      } catch (error) {
        throw new AggregateError([error, new SyntaxError('two'), 3], 'both');
      }
    });
    const error = await thrownBy(both());
    expect(error).toBeInstanceOf(AggregateError);
    const [first, second, third] = error.errors as Error[];
    expect(first).toMatchObject({ code: 'ENOENT', syscall: 'open', path: '/does/not/exist' });
    expect(second).toBeInstanceOf(SyntaxError);
    expect(third).toBe(3);
    expect(Object.keys(error)).not.toContain('errors');
  });

  test('is of a class of the program that the compiler names, without running its constructor', async () => {
    let constructed = 0;
    class Refused extends RangeError {
      constructor(readonly reason: string) {
        super(`refused: ${reason}`);
        constructed++;
      }
      override get name() {
        return 'Refused';
      }
    }
    const source = `class Refused extends RangeError { constructor(reason) { super('refused: ' + reason); this.reason = reason; } get name() { return 'Refused'; } }
      return reason => { throw new Refused(reason); }`;
    const refuse = (_reason: string) => {};
    const known = inWorkers('refuse', refuse, { source, classes: () => ({ Refused }) });
    const error = await thrownBy(known('late'));
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ name: 'Refused', message: 'refused: late', reason: 'late' });
    expect(constructed).toBe(0);
    const unknown = await thrownBy(inWorkers('refuse', refuse, { source })('late'));
    expect(unknown).toBeInstanceOf(RangeError);
    expect(unknown).toMatchObject({ name: 'Refused', message: 'refused: late', reason: 'late' });
  });

  test('may be no error at all', async () => {
    const raise = inWorkers('raise', (value: unknown) => {
      throw value;
    });
    for (const value of ['text', 7, undefined, null, { status: 404, body: Buffer.from('x') }]) {
      expect(await thrownBy(raise(value))).toEqual(value);
    }
  });

  test('may be a circle of causes', async () => {
    const circle = inWorkers('circle', () => {
      const error = new Error('round');
      error.cause = error;
      throw error;
    });
    const error = await thrownBy(circle());
    expect((error.cause as Error).message).toBe('round');
  });

  test('a rejection is the same', async () => {
    const reject = inWorkers('reject', async () => {
      await null;
      throw new DOMException('gone', 'NotFoundError');
    });
    const error = await thrownBy(reject());
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: 'NotFoundError', message: 'gone' });
  });
});

describe('what cannot be copied', () => {
  const digest = inWorkers('digest', (bytes: unknown, options?: unknown) => void [bytes, options]);

  class Point {
    x = 1;
  }
  const cases: [path: string, what: string, args: [unknown, unknown?]][] = [
    ['options.onProgress', 'the function onProgress', ['', { onProgress() {} }]],
    ['bytes', 'a function', [() => 0]],
    ['bytes', 'the class Point', [Point]],
    ['bytes[2].a["b c"]', 'a symbol', [[1, 2, { a: { 'b c': Symbol('s') } }]]],
    ['options', 'an instance of Point', ['', new Point()]],
    ['options.url', 'an instance of URL', ['', { url: new URL('http://localhost') }]],
    ['options.get("key").point', 'an instance of Point', ['', new Map([['key', { point: new Point() }]])]],
    ['options.values()[…]', 'an instance of Promise', ['', new Set([Promise.resolve()])]],
    ['options.all', 'a Proxy', ['', { all: new Proxy({}, {}) }]],
    ['options.weak', 'an instance of WeakMap', ['', { weak: new WeakMap() }]],
    ['options.list', 'an instance of List', ['', { list: new (class List extends Array {})() }]],
    ['options.error', 'an instance of Own', ['', { error: new (class Own extends Error {})() }]],
    [
      'options.error.cause',
      'the function why',
      ['', { error: new Error('e', { cause: function why() {} }) }],
    ],
    [
      'options.deep.signal',
      'an instance of AbortSignal',
      ['', { deep: { signal: new AbortController().signal } }],
    ],
  ];

  test.each(cases)('digest(%s) is %s', async (path, what, args) => {
    const error = await thrownBy(digest(...args));
    expect(error).toBeInstanceOf(AnyspeedError);
    expect(error).toMatchObject({ code: 'ERR_ANYSPEED_NOT_CLONABLE' });
    expect(error.message).toMatch(/^An argument of test\/digest-\d+\.ts#digest cannot be copied/);
    expect(error.message).toContain(`: digest(${path}) is ${what}.`);
    expect(error.message).toMatch(/ Called at .*errors\.test\.ts:\d+:\d+\)?\.$/);
    expect(error.stack?.split('\n')[1]).toMatch(/errors\.test\.ts:\d+:\d+/);
  });

  test('memory that is in another thread already', async () => {
    const bytes = new Uint8Array(8);
    await moving(digest, 0)(bytes);
    const error = await thrownBy(digest('', { bytes }));
    expect(error.message).toContain('digest(options.bytes) is memory that has been moved to another thread.');
  });

  test('a result, and what is thrown', async () => {
    const make = inWorkers('make', (kind: string) => {
      if (kind === 'throw') throw () => 0;
      return { list: [kind === 'proxy' ? new Proxy({}, {}) : new URL('http://localhost')] };
    });
    expect((await thrownBy(make('url'))).message).toMatch(
      /^The result of test\/make-\d+\.ts#make cannot be copied from another thread: result\.list\[0\] is an instance of URL\. /,
    );
    expect((await thrownBy(make('proxy'))).message).toContain('result.list[0] is a Proxy.');
    const thrown = await thrownBy(make('throw'));
    expect(thrown).toMatchObject({ code: 'ERR_ANYSPEED_NOT_CLONABLE' });
    expect(thrown.message).toContain(': error is a function.');
    // The worker is as good as before.
    expect((await thrownBy(make('url'))).code).toBe('ERR_ANYSPEED_NOT_CLONABLE');
  });
});
