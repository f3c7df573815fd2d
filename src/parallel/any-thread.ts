/**
 * What of the language, of Node and of packages does the same in every thread.
 *
 * Only what is listed: a module that is not may keep a socket, a file handle or a cache in the thread that loaded it. What a listed
 * function does to the objects that it is handed, the effect models say.
 */
import type { FunctionModel } from '../effects/models/model.js';

const GLOBALS: ReadonlySet<string> = new Set(
  `undefined NaN Infinity Object Array String Number Boolean BigInt Symbol Function Math JSON Date RegExp Promise Map Set
  WeakMap WeakSet Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError Reflect Proxy Intl
  Iterator ArrayBuffer SharedArrayBuffer DataView BigInt64Array BigUint64Array Float16Array Float32Array Float64Array
  Int16Array Int32Array Int8Array Uint16Array Uint32Array Uint8Array Uint8ClampedArray parseInt parseFloat isNaN isFinite
  encodeURI encodeURIComponent decodeURI decodeURIComponent escape unescape Buffer TextEncoder TextDecoder URL
  URLSearchParams structuredClone atob btoa queueMicrotask DOMException AbortController AbortSignal console crypto`.split(
    /\s+/,
  ),
);

const MODULES: ReadonlySet<string> = new Set(
  `node:assert node:assert/strict node:buffer node:crypto node:path node:path/posix node:path/win32 node:punycode
  node:querystring node:string_decoder node:url node:util node:util/types node:v8 node:zlib
  lodash lodash-es underscore uuid nanoid bcrypt bcryptjs argon2 validator date-fns`.split(/\s+/),
);

/** Members of these that are bound to a thread, or do something when they have returned. */
const NOT: readonly RegExp[] = [
  /^AbortSignal\.timeout$/,
  /^(Object|Reflect)\.(getPrototypeOf|setPrototypeOf)$/,
  /^Function$/,
  /^node:crypto\.(setEngine|setFips|webcrypto.*)$/,
  /^node:util\.(debuglog|deprecate|inherits|setTraceSigInt)$/,
  /^node:v8\.(?!serialize$|deserialize$)/,
  /^node:zlib\.create/,
];

/** What gives something else at every call: a constant that is made of it is another one in every thread. */
const VARYING =
  /^(Math\.random|Date\.now|(WebCrypto|SubtleCrypto|Console|Logger)#.*|crypto\..*|node:crypto\.(random.*|generate.*|pseudoRandomBytes|create(DiffieHellman|ECDH))|uuid\..*|uuid|nanoid.*|bcrypt.*|argon2.*|lodash(-es)?\.(random|now|uniqueId|sample.*|shuffle)|underscore\.(random|now|uniqueId|sample|shuffle))$/;

/** Whether a global name means the same in every thread. */
export const isGlobalOfAnyThread = (name: string): boolean => GLOBALS.has(name);

/** Whether a module outside of the program may be loaded in any thread. */
export const isModuleOfAnyThread = (name: string): boolean => MODULES.has(name);

/** Whether the built-in with this name does the same in every thread; `model` is what is said of it. */
export function isOfAnyThread(name: string, model: FunctionModel | undefined): boolean {
  if (model?.unknown) return false;
  if (model?.anyThread !== undefined) return model.anyThread;
  // What has a method was made by something else, which is what is judged.
  if (name.includes('#') || name.endsWith('()')) return true;
  if (NOT.some(pattern => pattern.test(name))) return false;
  const module = moduleIn(name);
  return module !== null ? MODULES.has(module) : GLOBALS.has(name.split('.')[0] ?? '');
}

/** Whether the built-in gives something else at every call. */
export function isVarying(name: string, argumentCount: number): boolean {
  return (name === 'Date' && argumentCount === 0) || VARYING.test(name);
}

/** The types of objects that are the same wherever they are evaluated: no handles, nothing that goes on by itself. */
const CONSTANT: ReadonlySet<string> = new Set(
  `Object Array Map Set WeakMap WeakSet Date RegExp Error Buffer Data Function Intl URL TextEncoder TextDecoder
  PureFunction`.split(/\s+/),
);

/** Whether a constant of the program may hold an object of the type. */
export const isTypeOfConstants = (type: string): boolean => CONSTANT.has(type);

/** The module in a path such as `node:fs/promises.readFile`; null of a global. */
function moduleIn(name: string): string | null {
  for (const module of MODULES) if (name === module || name.startsWith(`${module}.`)) return module;
  const first = name.split('.')[0] ?? '';
  return GLOBALS.has(first) ? null : first;
}
