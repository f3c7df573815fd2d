/**
 * The intermediate form of one module: what of its syntax the analysis needs, and nothing else.
 *
 * A function is a control-flow graph of operations on *slots*. A slot is a variable, a parameter or a
 * temporary that can hold an object; expressions that can only give primitives have no slot at all
 * (`NONE`), so most of a program's arithmetic leaves no trace here. Within a function the order of the
 * operations matters to the segments (what happens before and after a suspension), not to the points-to
 * analysis, which reads the same operations as a set of constraints.
 *
 * The form depends on the module's text alone, and on what the constants are that it imports and uses as keys: it is computed
 * once a file and kept for as long as these do not change.
 */

/**
 * A slot as seen from a function: `up` functions outwards, then slot number `slot`.
 * Encoded in one integer because there are hundreds of thousands of them.
 */
export type Ref = number;

const SLOT_BITS = 20;
const SLOT_MASK = (1 << SLOT_BITS) - 1;

/** The reference of what can hold no object. */
export const NONE: Ref = -1;

export const refOf = (up: number, slot: number): Ref => (up << SLOT_BITS) | slot;
export const upOf = (ref: Ref): number => ref >> SLOT_BITS;
export const slotOf = (ref: Ref): number => ref & SLOT_MASK;

/** Slots that every function has. */
export const THIS_SLOT = 0;
export const RETURN_SLOT = 1;
/** The function object itself: `super`, `new.target` and a named function expression lead to it. */
export const SELF_SLOT = 2;
export const FIRST_FREE_SLOT = 3;

/** A span of source text, as offsets. */
export interface Span {
  start: number;
  end: number;
}

/**
 * The name of a property, or one of the pseudo-fields below.
 * - `ELEMENT`: what is stored under keys that are not known (array elements, `map.set(k, v)`, `o[k]`)
 */
export type Field = string;
export const ELEMENT: Field = '[]';
/** The keys of a Map or the members of a Set that are objects. */
export const KEY: Field = '<keys>';
/** What a promise settles with. */
export const SETTLED: Field = '<settled>';
/** The object's prototype. */
export const PROTO: Field = '<proto>';
/** What iterating over the object gives: elements, members, `[key, value]` pairs. */
export const ITERATED: Field = '<iterated>';
/** What an array holds, as a field that nothing but arrays has: what flattening takes out. */
export const ITEMS: Field = '<items>';
/** The method that makes an object iterable, by `Symbol.iterator` or `Symbol.asyncIterator`. */
export const ITERATOR: Field = '@@iterator';
/** The method that disposes of a resource, by `Symbol.dispose` or `Symbol.asyncDispose`. */
export const DISPOSER: Field = '@@disposer';
/** The method that converts an object to a primitive, by `Symbol.toPrimitive`. */
export const TO_PRIMITIVE: Field = '@@toPrimitive';
/** The method that `instanceof` calls, by `Symbol.hasInstance`. */
export const HAS_INSTANCE: Field = '@@hasInstance';
/** What a generator returns. */
export const RETURNED: Field = '<returned>';
/** What `next(value)` sends into a generator. */
export const SENT: Field = '<sent>';
/** The value of a captured or module-level variable, when the variable itself is the resource. */
export const VALUE: Field = '<value>';

/** How a promise that an expression gives is waited for. */
export type Join =
  /** Directly awaited: what the callee does is over before the next operation. */
  | 'await'
  /** Handed on as the function's own result. */
  | 'return'
  /** Neither: the work goes on beside what follows. */
  | 'none';

/** An expression in the source that a function object may come from: a place to wrap it. */
export interface Leaf extends Span {
  ref: Ref;
}

export type Op =
  /** `to` may hold whatever `from` holds. */
  | { op: 'copy'; from: Ref; to: Ref }
  /** A fresh object. `site` is an index into the module's sites. */
  | { op: 'alloc'; to: Ref; site: number }
  /** A fresh function object for function `fn` of the module. */
  | { op: 'closure'; to: Ref; fn: number }
  /** `to = base.field`. A read of the field, if the object is shared. */
  | { op: 'load'; base: Ref; field: Field; to: Ref; at: number }
  /**
   * `base.field = from`. `init` marks a field of an object literal that nobody else can see yet. With `copied`, what is stored was
   * read from that, by the very same key: `base[key] = copied[key]`.
   */
  | { op: 'store'; base: Ref; field: Field; from: Ref; at: number; init: boolean; copied?: Ref }
  /**
   * Copies every field of `from` to the fresh object `to`, each under its name. Reads all of them. `isRest` marks what a
   * pattern leaves: it has none of the fields that the pattern names.
   */
  | { op: 'spread'; from: Ref; to: Ref; at: number; isRest: boolean }
  /** Defines an accessor: from now on reading (writing) `base.field` calls `from`. */
  | { op: 'accessor'; base: Ref; field: Field; kind: 'get' | 'set'; from: Ref }
  /** A read or write of a variable that other functions can see, too. */
  | { op: 'variable'; ref: Ref; write: boolean; at: number }
  /**
   * A call. With `field`, the callee is `base.field` and `this` is `base`; otherwise the callee is `base`
   * and `this` is `self`. `leaves` are the argument expressions that functions may come from.
   */
  | {
      op: 'call';
      base: Ref;
      field: Field | null;
      self: Ref;
      args: Ref[];
      /** Index of the first spread argument: from there on positions are unknown. */
      spread: number;
      to: Ref;
      isNew: boolean;
      join: Join;
      leaves: Leaf[];
      /** Literal strings among the leading arguments, for names of routes and events. */
      literals: Literal[];
      at: number;
      end: number;
      /** The name that the code around gives to the result. */
      hint: string;
      /** False for shapes whose callee cannot be rewritten in place. */
      rewritable: boolean;
    }
  /** `base.then(...)`, `.catch`, `.finally`: the arguments run in a later segment. */
  | { op: 'react'; base: Ref; method: string; args: Ref[]; to: Ref; join: Join; at: number; end: number }
  /** An object in `value` is asked by these methods, with `arg`, for what an operator needs of it. */
  | { op: 'convert'; value: Ref; methods: readonly Field[]; arg: Ref; at: number }
  /** A suspension: `await`, a step of `for await`, `yield`. */
  | {
      op: 'suspend';
      kind: 'await' | 'yield';
      value: Ref;
      to: Ref;
      at: number;
      /** Where the `await` expression ends; -1 for what is none. */
      end: number;
    }
  /** `value` leaves the function, which returns or yields it. */
  | { op: 'return'; value: Ref; at: number }
  /** Code that the analysis cannot see may read and write every variable of the scope (`eval`, `with`). */
  | { op: 'opaque'; refs: Ref[]; code: string; at: number }
  /** `to` may hold an export of the module that `request` leads to (`name` null: its namespace). */
  | { op: 'import'; to: Ref; request: string | null; name: string | null; dynamic: boolean; at: number };

/**
 * A value that has no slot, or whose slot may be dropped, as far as it can be told from the syntax.
 * - `variable`: what a variable or parameter holds
 * - `result`: what an operation of the same function gives
 * - `text`: a template, whose strings and parts alternate
 */
export type Value =
  | { is: 'variable'; ref: Ref }
  | { is: 'result'; op: Op }
  | { is: 'constant'; value: string | number }
  | { is: 'text'; strings: string[]; parts: Value[] };

/** Two values that are compared by `===`. */
export type Equality = readonly [Value, Value];

export type CallOp = Extract<Op, { op: 'call' }>;
export type ReactOp = Extract<Op, { op: 'react' }>;

/**
 * A statement in one of a function's lists of statements: a place that code can be put before.
 *
 * Statements that stand alone (`if (x) f();`) are lists of one; blocks that are all there is under a head are the list
 * itself. The value of an arrow function without a body in braces counts as a `return`.
 */
export interface StatementIR extends Span {
  kind: StatementKind;
  /** The statement around it, -1 at the top of the function. */
  parent: number;
  /** Statements of one list have the same number and stand in the order of the source. */
  list: number;
  /** Where control enters it: the block, and how many operations of the block come before. */
  block: number;
  op: number;
}

export type StatementKind =
  | 'block'
  | 'if'
  | 'switch'
  | 'try'
  | 'labeled'
  | 'loop'
  | 'return'
  /** `break`, `continue`, `throw`. */
  | 'jump'
  /** Declares names of its list: `const`, `let`, `class`. */
  | 'lexical'
  | 'function'
  /** A declaration whose scope ends with a call. */
  | 'using'
  | 'other';

export interface Block {
  ops: Op[];
  /** By operation: the innermost statement that it belongs to; -1 for those of parameters. */
  owners: number[];
  next: number[];
  /** Where an exception of any operation of this block leads, inside the function. */
  handler: number;
}

/** By block: the index that its first operation has in the function. */
export function firstOperations(blocks: readonly Block[]): number[] {
  let count = 0;
  return blocks.map(({ ops }) => {
    const first = count;
    count += ops.length;
    return first;
  });
}

export const ENTRY_BLOCK = 0;
export const EXIT_BLOCK = 1;

export type FunctionForm =
  | 'module'
  | 'declaration'
  | 'expression'
  | 'arrow'
  | 'method'
  | 'constructor'
  | 'accessor'
  | 'initializer';

/** What is known of an argument: the string that it is, or the number of the parameter that is handed on. */
export type Literal = string | number | null;

/** A variable or parameter with a name. */
export interface Variable {
  name: string;
  slot: number;
  at: number;
  /** An assignment other than its declaration's. */
  isReassigned: boolean;
  /** Declared with `const`. */
  isConstant: boolean;
  /** Used by a function inside. */
  isCaptured: boolean;
  /** Annotated or checked to be a string, a number or the like: it holds no object. */
  isPrimitive: boolean;
  /** The expression a variable that is assigned only once gets its value from. */
  init: Span | null;
  /** What that gives, where it is known. */
  value: Value | null;
}

export interface FunctionIR extends Span {
  index: number;
  /** Dotted path of names from the module's top: `Cart.add`, `makeHandler.<arrow>`. */
  name: string;
  form: FunctionForm;
  isAsync: boolean;
  isGenerator: boolean;
  isStatic: boolean;
  /** Whether a plain call gives it the global object as `this`. */
  isSloppy: boolean;
  /** Index of the enclosing function; -1 for the module's body. */
  parent: number;
  params: number[];
  /** Slot of the rest parameter, whose elements are the remaining arguments; -1 without. */
  rest: number;
  /** Slot of `arguments`, -1 when unused. */
  argumentsSlot: number;
  slotCount: number;
  variables: Variable[];
  blocks: Block[];
  /** In the order of the source. */
  statements: StatementIR[];
  directives: string[];
  /** In a block of its own, its body would not mean the same: a function in it has a name that is there already. */
  redeclaresFunctions: boolean;
  /** True when a closure made in it uses its parameters or variables: a factory of functions. */
  isFactory: boolean;
  opCount: number;
  /**
   * What operations take that has no slot. Of a load or a store: the key if it is computed, and behind it what a literal
   * stores. Of a call: the arguments. Null for those that have a slot or are not known.
   */
  values: ReadonlyMap<Op, readonly (Value | null)[]>;
  /** By `return`: what it gives, where that has no slot. Null for what is not known. */
  returned: readonly (Value | null)[];
  /** What must be equal, or else it does nothing but give a falsy value; null if there is no such thing. */
  predicate: Equality | null;
  /** By the operation that gives the element of each turn of a loop: the same of the turn. */
  searches: ReadonlyMap<Op, Equality>;
}

export type SiteKind = 'object' | 'array' | 'generator' | 'regexp';

/** A place where an object is made. */
export interface Site {
  kind: SiteKind;
  /** What the object is called by the code around it: the variable or property that it is given to. */
  name: string;
  at: number;
}

export interface ExportIR {
  /** `default` for the default export. */
  name: string;
  /** The variable it is bound to, in the module's body. */
  ref: Ref;
}

export interface ReExportIR {
  request: string;
  /** Name in the other module; null for its namespace. */
  imported: string | null;
  /** Name here; null for `export *`. */
  exported: string | null;
}

/** A named import that is an alias of another module's variable. */
export interface ImportIR {
  slot: number;
  request: string;
  /** null for `import * as ns`. */
  imported: string | null;
}

/** Slots of the module body by which CommonJS code reaches its exports. */
export interface CommonJsIR {
  module: number;
  exports: number;
  require: number;
}

export interface ModuleIR {
  functions: FunctionIR[];
  sites: Site[];
  imports: ImportIR[];
  exports: ExportIR[];
  reExports: ReExportIR[];
  commonJs: CommonJsIR | null;
  /** `module.exports = <expr>` and `exports.x = <expr>`: places to wrap what the module exports. */
  exportLeaves: Leaf[];
  /** Names that no scope of the module declares, with their slot in the module body. */
  globals: Map<string, number>;
  /** What forced a conservative treatment while lowering. */
  notes: { code: string; at: number }[];
  /** The constants that a key of the module was taken for. */
  usedConstants: ReadonlySet<string>;
  /** Where variables are written that no other function can see yet, which is no access. */
  initialWrites: readonly number[];
}
