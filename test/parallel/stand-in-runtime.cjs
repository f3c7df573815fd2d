// `anyspeed/parallel` with as much as is needed to run what the compiler emits: every call in a worker of its own.
const { createRequire } = require('node:module');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');

if (isMainThread || workerData?.standIn !== true) {
  const call =
    (_id, { source, from, classes }, moved) =>
    (...args) =>
      new Promise((resolve, reject) => {
        const transferList = moved.map(index => args[index].buffer ?? args[index]);
        const worker = new Worker(__filename, {
          workerData: { standIn: true, source, from, args },
          transferList,
        });
        worker.once('error', reject);
        worker.once('message', ({ value, error, name }) => {
          if (error === undefined) resolve(value);
          else {
            const known = classes?.()[name];
            if (known) Object.setPrototypeOf(error, known.prototype);
            reject(error);
          }
        });
      });
  const known = new WeakMap();
  exports.parallel = (id, fn, code) => {
    const wrapped = call(id, code, []);
    Object.defineProperty(wrapped, 'name', { value: fn.name });
    known.set(wrapped, moved => call(id, code, moved));
    return wrapped;
  };
  exports.moving = (fn, ...indexes) => known.get(fn)(indexes);
} else {
  const { source, from, args } = workerData;
  (async () => {
    try {
      // Of code that is evaluated, in contrast to what node:vm compiles, Node knows the source map.
      // biome-ignore lint/security/noGlobalEval: it is what the compiler has emitted
      const factory = globalThis.eval(`(function (require) {${source}\n})\n//# sourceURL=${from}`);
      const fn = factory(createRequire(from));
      parentPort.postMessage({ value: await fn(...args) });
    } catch (error) {
      // Its frames are mapped when somebody asks for the stack.
      parentPort.postMessage({
        error: Object.assign(error, { stack: error.stack }),
        name: error.constructor.name,
      });
    }
  })();
}
