/**
 * Tasks that wait for callbacks which never come, or only when others have had their turn: nobody waits for ever.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, jest, test } from '@jest/globals';
import * as runtime from '../../runtime/index.js';
import { leftovers } from '../runtime/occasions.js';
import { emit, planOf } from '../serializability/compile.js';

afterEach(async () => {
  runtime.configure({ stallAfter: 5000 });
  jest.restoreAllMocks();
  await new Promise(resolve => setImmediate(resolve));
  expect(leftovers()).toEqual([]);
});

/** What a program exports, when it has been compiled; `require` gives it what is named, and modules of Node. */
function load<Exports>(source: string, modules: Record<string, unknown> = {}): Exports {
  const code = emit(source, planOf(source));
  const exports = {} as Exports;
  const require = (name: string) =>
    name === 'anyspeed/runtime' ? runtime : (modules[name] ?? createRequire(import.meta.url)(name));
  new Function('require', 'exports', code)(require, exports);
  return exports;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

test('a server closes while its requests wait for the class that is written when it has', async () => {
  const { server, stop } = load<{ server: Server; stop: () => void }>(`
    const { createServer } = require('node:http');
    let count = 0;
    const server = createServer((req, res) => {
      req.resume().on('end', async () => {
        const seen = count;
        await null;
        count = seen + 1;
        res.end(String(count));
      });
    });
    exports.server = server;
    exports.stop = () => {
      const seen = count;
      server.close(() => { count = 0 * seen; });
    };
  `);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const closed = once(server, 'close');
  const asked = request({ port: portOf(server), method: 'POST', agent: false });
  asked.write('half of it');
  // A server that closes ends connections without a request.
  await once(server, 'request');
  stop();
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect((await answer.toArray()).join('')).toBe('1');
  await closed;
});

test('a request that fails does not keep others waiting', async () => {
  const { take, count } = load<{ take: (port: number, failed: () => void) => void; count: () => number }>(`
    const { get } = require('node:http');
    let n = 0;
    exports.count = () => n;
    exports.take = (port, failed) => {
      const seen = n;
      get({ port, host: '127.0.0.1' }, response => { n = seen + 1; response.resume(); }).on('error', failed);
    };
  `);
  const nobody = createServer();
  await once(nobody.listen(0, '127.0.0.1'), 'listening');
  const port = portOf(nobody);
  await new Promise(resolve => nobody.close(resolve));
  const startedAt = performance.now();
  const failures = [1, 2, 3].map(() => new Promise<void>(resolve => take(port, resolve)));
  await Promise.all(failures);
  expect(performance.now() - startedAt).toBeLessThan(4000);
  expect(await count()).toBe(0);
});

test('a promise that loses a race does not keep its task open', async () => {
  const { take, count } = load<{ take: () => Promise<void>; count: () => number }>(`
    const { EventEmitter } = require('node:events');
    const bus = new EventEmitter();
    let n = 0;
    exports.count = () => n;
    exports.take = async () => {
      const seen = n;
      await Promise.race([
        new Promise(resolve => bus.once('reply', () => { n = seen + 10; resolve(); })),
        new Promise(resolve => setTimeout(resolve, 5)),
      ]);
      n = seen + 1;
    };
  `);
  await Promise.all([take(), take()]);
  expect(await count()).toBe(2);
});

test('a callback that is kept and not called has the task stand aside, which is said', async () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  runtime.configure({ stallAfter: 40 });
  const kept: (() => void)[] = [];
  const { take, count } = load<{ take: () => unknown; count: () => number }>(
    `const lookup = require('unknown-store');
    let n = 0;
    exports.count = () => n;
    exports.take = () => { const seen = n; lookup('a', () => { n = seen + 1; }); };`,
    { 'unknown-store': (_: string, callback: () => void) => kept.push(callback) },
  );
  take();
  await take();
  expect(kept).toHaveLength(2);
  const codes = warning.mock.calls.map(([, options]) => (options as { code: string }).code);
  expect(codes).toContain('ANYSPEED_STOOD_ASIDE');
  await Promise.all(kept.reverse().map(callback => callback()));
  expect(await count()).toBe(1);
  await new Promise(resolve => setTimeout(resolve, 50));
});
