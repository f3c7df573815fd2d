/**
 * Checks model files that users hand in. A misspelt key would silently model nothing, and nothing is what a function
 * without effects does: a race would survive. So whatever is not understood is refused.
 *
 * By hand rather than with a validator of JSON schemas, because the format is small and the messages can say
 * what was meant; a test sees to it that this and `schema.json` refuse the same things.
 */
import { expandBraces } from './braces.js';
import { freshIn, isPlace } from './places.js';

/** What is wrong with a file, and where in it. */
export interface Fault {
  /** As one would write it in code: `modules["acme"].save.reads[0]`. */
  path: string;
  message: string;
}

type Check = (value: unknown, path: string) => void;

class FaultFound extends Error {
  constructor(readonly fault: Fault) {
    super(fault.message);
  }
}

/** The first thing that is wrong with the contents of a model file; null if nothing is. */
export function findFault(file: unknown): Fault | null {
  try {
    checkFile(file, '');
    return null;
  } catch (error) {
    if (error instanceof FaultFound) return error.fault;
    throw error;
  }
}

function refuse(path: string, message: string): never {
  throw new FaultFound({ path: path === '' ? 'the file' : path, message });
}

const at = (path: string, key: string): string => {
  if (!/^[\w$]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
};

const boolean: Check = (value, path) => {
  if (typeof value !== 'boolean') refuse(path, 'must be true or false');
};

function matching(pattern: RegExp, expected: string): Check {
  return (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value)) refuse(path, `must be ${expected}`);
  };
}

function list(item: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) refuse(path, 'must be an array');
    value.forEach((element, i) => {
      item(element, `${path}[${i}]`);
    });
  };
}

function entries(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, 'must be an object');
  return Object.entries(value);
}

function record(item: Check, key: Check): Check {
  return (value, path) => {
    for (const [name, element] of entries(value, path)) {
      key(name, at(path, name));
      item(element, at(path, name));
    }
  };
}

function shape(properties: Record<string, Check>, required: readonly string[] = []): Check {
  return (value, path) => {
    const present = entries(value, path);
    for (const name of required)
      if (!present.some(([key]) => key === name)) refuse(path, `must have the property "${name}"`);
    for (const [name, element] of present) {
      const check = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (!check)
        refuse(at(path, name), `is not known here; known are ${Object.keys(properties).sort().join(', ')}`);
      check(element, at(path, name));
    }
  };
}

const typeName = matching(/^\w+$/, 'the name of a type');

const name: Check = (value, path) => {
  try {
    if (typeof value === 'string' && expandBraces(value).every(each => each !== '' && !/[{}]/.test(each)))
      return;
  } catch {
    // Told in words below.
  }
  refuse(path, 'must be a name, or several by braces: "Math.{abs,ceil}"');
};

const methodName: Check = (value, path) => {
  name(value, path);
  if (typeof value !== 'string' || !/^[\w{},]+(?:#[^#()\s]+|\(\))$/.test(value))
    refuse(path, 'must be "Type#method", or "Type()" for calling such a thing itself');
};

const place: Check = (value, path) => {
  if (typeof value !== 'string' || !isPlace(value))
    refuse(
      path,
      `must be a place, such as "this[]", "arg0.name" or "return"; ${JSON.stringify(value)} is none`,
    );
};

const source: Check = (value, path) => {
  if (value === 'primitive' || value === 'settle') return;
  if (typeof value === 'string' && freshIn(value) !== null) return;
  if (typeof value !== 'string' || !isPlace(value))
    refuse(path, `must be a place, "fresh Type", "primitive" or "settle"; ${JSON.stringify(value)} is none`);
};

/** An access touches what is *in* an object, so it needs a step; and the contents of a promise are no storage. */
const access: Check = (value, path) => {
  if (typeof value === 'string' && /^@[\w-]+$/.test(value)) return;
  place(value, path);
  if (typeof value !== 'string' || !/[\]*>\w$]$/.test(value) || /^(?:this|return|arg\d+\+?)$/.test(value))
    refuse(path, `must say what of it is accessed: "${value}[]" what it holds, "${value}**" everything`);
  if (/^\$|<(?!keys|iterated|items|proto)/.test(value)) refuse(path, 'must be storage of the program');
};

const flow: Check = (value, path) => {
  if (!Array.isArray(value) || value.length !== 2) refuse(path, 'must be a pair: [from, to]');
  source(value[0], `${path}[0]`);
  place(value[1], `${path}[1]`);
};

const exclusion = shape({
  key: matching(/^arg\d+$/, 'an argument: "arg0"'),
  limit: matching(/^arg0(?:\.\w+)?$/, '"arg0" or a property of it: "arg0.concurrency"'),
});

const call = shape(
  {
    callee: place,
    when: matching(
      /^(?:now|continuation|timer|listener|route)$/,
      'one of "now", "continuation", "timer", "listener", "route"',
    ),
    args: list(source),
    argsByArity: record(list(source), matching(/^\d+$/, 'a number of parameters')),
    argsByLiteral: record(list(source), () => {}),
    self: place,
    result: place,
    excludes: exclusion,
  },
  ['callee', 'when'],
);

const functionModel = shape({
  reads: list(access),
  writes: list(access),
  key: matching(/^arg\d+$/, 'an argument: "arg0"'),
  flows: list(flow),
  isUnique: boolean,
  returns: source,
  calls: list(call),
  retains: list(place),
  isAsync: boolean,
  continues: boolean,
  locks: exclusion,
  unlocks: boolean,
  anyThread: boolean,
  unknown: boolean,
});

const sameAs: Check = (value, path) => {
  if (value === '') refuse(path, 'must name the entry that it is the same as');
};

const method: Check = (value, path) => {
  if (typeof value === 'string') name(value, path);
  else functionModel(value, path);
};

const entry: Check = (value, path) => {
  if (typeof value === 'string') sameAs(value, path);
  else if (typeof value === 'object' && value !== null && 'object' in value)
    shape({ object: typeName })(value, path);
  else functionModel(value, path);
};

const typeModel = shape({
  extends: typeName,
  properties: record(typeName, () => {}),
  shared: record(typeName, () => {}),
  isOpen: boolean,
});

const checkFile = shape({
  $schema: (value, path) => {
    if (typeof value !== 'string') refuse(path, 'must be a string');
  },
  globals: record(entry, name),
  types: record(typeModel, typeName),
  methods: record(method, methodName),
  modules: record(record(entry, name), matching(/^[^#\s]+$/, 'the name of a module')),
});
