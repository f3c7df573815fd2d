/**
 * Stands for all that is outside of a program: whatever one asks of it, it gives itself, and functions that it is handed it
 * gives to whoever drives the program.
 */
const handed = [];

function keep(value, depth = 0) {
  if (typeof value === 'function') {
    handed.push(value);
    // It may call what it is handed itself, some time, in the course of what the caller does.
    setImmediate(() => {
      try {
        Promise.resolve(value(null, outside)).catch(() => {});
      } catch {}
    });
  } else if (typeof value === 'object' && value !== null && depth < 2)
    for (const { value: inner } of Object.values(Object.getOwnPropertyDescriptors(value)))
      keep(inner, depth + 1);
}

const outside = new Proxy(function outside() {}, {
  get(_, key) {
    if (key === 'handed') return handed;
    if (key === Symbol.toPrimitive) return hint => (hint === 'string' ? 'outside' : 1);
    if (key === Symbol.iterator) return function* () {};
    if (typeof key === 'symbol' || key === 'then' || key === 'toJSON') return undefined;
    return outside;
  },
  apply(_, __, args) {
    for (const arg of args) keep(arg);
    return outside;
  },
  construct(_, args) {
    for (const arg of args) keep(arg);
    return outside;
  },
  set: () => true,
});

module.exports = outside;
