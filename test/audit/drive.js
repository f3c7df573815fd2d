/**
 * Runs audited programs: imports each, calls whatever it exports and whatever it has handed to code outside, several times
 * at once, with different kinds of arguments, and prints what the audit has found, as JSON.
 *
 *     node drive.js <workspace> < programs.json
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const MOST_FUNCTIONS = 40;
/** How far one can follow what is handed in: there are programs that walk lists to their end. */
const MOST_STEPS = 6;
const LONGEST_MS = 150;
/** A program that is not heard of for so long goes round in a circle, as it may with arguments that make no sense. */
const HANGS_MS = 3000;
const { setTimeout: later } = globalThis;

/** Runs all programs in a worker, and those behind one that hangs in another. */
async function superviseWorkers() {
  const results = {};
  let left = JSON.parse(readFileSync(0, 'utf8'));
  while (left.length > 0) {
    const worker = new Worker(fileURLToPath(import.meta.url), {
      workerData: { workspace: process.argv[2], programs: left },
      stdout: true,
      stderr: true,
    });
    let current = left[0].name;
    let timer;
    await new Promise(resolve => {
      const watch = () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, HANGS_MS);
      };
      watch();
      worker.on('message', ({ name, outcome }) => {
        current = name;
        results[name] = outcome;
        watch();
      });
      worker.on('exit', resolve).on('error', resolve);
    });
    clearTimeout(timer);
    await Promise.race([worker.terminate(), new Promise(resolve => setTimeout(resolve, HANGS_MS))]);
    left = left.slice(left.findIndex(({ name }) => name === current) + 1);
  }
  process.stdout.write(JSON.stringify(results), () => process.exit());
}

async function work({ workspace, programs }) {
  const audit = await import(pathToFileURL(join(workspace, 'node_modules/anyspeed/esm/audit.mjs')).href);
  const outside = createRequire(import.meta.url)('./outside.cjs');
  audit.configureAudit({ onViolation: () => {} });
  quieten(outside);
  for (const program of programs) {
    audit.resetAudit();
    outside.handed.length = 0;
    let functions = 0;
    const report = more => {
      // What other programs have left behind is not this one's.
      const isOwn = ({ accesses }) => accesses.some(({ at }) => at.startsWith(`${program.name}/`));
      const found = {
        functions,
        accesses: audit.auditedAccesses(),
        violations: audit.violations().filter(isOwn),
      };
      parentPort.postMessage({ name: program.name, outcome: { ...found, ...more } });
    };
    report();
    for await (functions of drive(program, outside, error =>
      report({ failed: String(error?.stack ?? error) }),
    ))
      report();
  }
  process.exit(0);
}

/** What a program prints is not what is asked for, time passes quickly, and the network is not there. */
function quieten(outside) {
  process.on('uncaughtException', () => {});
  process.on('unhandledRejection', () => {});
  for (const name of ['log', 'error', 'warn', 'info', 'debug']) console[name] = () => {};
  globalThis.setTimeout = (fn, _ms, ...args) => later(fn, 1, ...args);
  globalThis.setInterval = (fn, _ms, ...args) => {
    for (let i = 1; i <= 3; i++) later(fn, i, ...args);
    return later(() => {}, 0);
  };
  globalThis.fetch = async () => outside;
}

/** Numbers (none that is an open file), words, and things of which nothing is known. */
const argumentLists = () => [() => [101, 102, 103], () => ['a', 'b', 'c'], () => [input(), input(), input()]];

/** What a handler is called with: an object of its own that answers everything. */
function input(depth = 0) {
  const value = function input() {};
  return new Proxy(value, {
    get(target, key) {
      if (key in target && key !== 'name' && key !== 'length') return target[key];
      if (key === Symbol.toPrimitive) return hint => (hint === 'string' ? 'a' : 1);
      if (typeof key === 'symbol' || key === 'then') return undefined;
      return depth < MOST_STEPS ? input(depth + 1) : undefined;
    },
    apply(_, __, args) {
      for (const arg of args) if (typeof arg === 'function') queueMicrotask(() => call(arg, [null, 1]));
      return Promise.resolve(1);
    },
  });
}

function call(fn, args, self) {
  try {
    return Reflect.apply(fn, self, args);
  } catch {
    return undefined;
  }
}

/** The functions in what a module exports, with the objects that they are methods of. */
function* functionsIn(value, self, seen, depth) {
  if (seen.has(value) || depth > 4 || value === null) return;
  if (typeof value === 'function') {
    seen.add(value);
    if (/^class\b/.test(Function.prototype.toString.call(value))) {
      yield* methodsOf(value, seen, depth);
      try {
        yield* functionsIn(new value(1, 2), undefined, seen, depth + 1);
      } catch {}
    } else yield [value, self];
    return;
  }
  if (typeof value !== 'object') return;
  seen.add(value);
  if (value instanceof Map || value instanceof Set)
    for (const each of value.values()) yield* functionsIn(each, undefined, seen, depth + 1);
  yield* methodsOf(value, seen, depth);
}

const isBuiltIn = holder =>
  [Object, Function, Array, Map, Set, WeakMap, Promise, Error, RegExp].some(
    type => type.prototype === holder,
  );

function* methodsOf(object, seen, depth) {
  for (let holder = object; holder && !isBuiltIn(holder); holder = Object.getPrototypeOf(holder))
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      if (key === 'constructor' || key === 'prototype') continue;
      let value = descriptor.value;
      if (descriptor.get)
        try {
          value = object[key];
        } catch {}
      yield* functionsIn(value, object, seen, depth + 1);
    }
}

/** Goes on with what a call has given, as a caller would. */
async function follow(result, depth = 0) {
  const value = await result;
  if (typeof value === 'function') return depth < 2 ? follow(call(value, [1]), depth + 1) : undefined;
  const iterator =
    value?.[Symbol.asyncIterator]?.() ?? (typeof value?.next === 'function' ? value : undefined);
  if (typeof iterator?.next !== 'function') return;
  for (let i = 0; i < 4; i++) {
    const step = await iterator.next(i);
    if (step?.done !== false) return;
    await tick();
  }
}

/** Gives the number of functions after each kind of arguments. */
async function* drive({ files }, outside, failed) {
  const modules = [];
  for (const file of files)
    try {
      modules.push(await import(pathToFileURL(file).href));
    } catch (error) {
      failed(error);
      return;
    }
  await tick();
  for (const argumentsOf of argumentLists()) {
    const functions = collect(modules, outside);
    const running = [];
    for (let round = 0; round < 3; round++) {
      for (const [fn, self] of [...functions, ...functions])
        running.push(follow(call(fn, argumentsOf(), self)).catch(() => {}));
      await (round === 0 ? null : tick());
    }
    for (const [fn, self] of functions.reverse())
      running.push(follow(call(fn, argumentsOf(), self)).catch(() => {}));
    await Promise.race([Promise.all(running), new Promise(resolve => later(resolve, LONGEST_MS))]);
    await tick();
    yield functions.length;
  }
}

function collect(modules, outside) {
  const seen = new Set();
  const functions = modules.flatMap(module => [...functionsIn({ ...module }, undefined, seen, 0)]);
  return [...functions, ...outside.handed.map(fn => [fn, undefined])].slice(0, MOST_FUNCTIONS);
}

if (isMainThread) await superviseWorkers();
else await work(workerData);
