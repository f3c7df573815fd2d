/**
 * The abstract objects ("tokens") that values are traced to, and their fields.
 *
 * An object is named by where it is made and, for what factories and constructors make, by which activation
 * made it. Code outside the program is one token a package, because it may hand out the same object at
 * every call; what a handler is called with is a token of that handler's own, because requests are
 * independent of each other (an assumption of the method).
 */
import type { ModuleId } from '../graph/module-graph.js';
import { ELEMENT, type Field, type FunctionIR, ITEMS, ITERATED, KEY, PROTO } from '../ir/ir.js';
import type { Instance } from './instances.js';
import type { NodeId, Solver, TokenId } from './solver.js';

export type TokenKind =
  /** Made by an expression of the program, or by a modelled function that gives something fresh. */
  | 'object'
  /** A function of the program, with the activation it was made in. */
  | 'function'
  /** What a function of a model or the namespace it lives in is. */
  | 'builtin'
  /** Code and data outside the program. */
  | 'external'
  /** What one handler is called with. */
  | 'input';

export interface Token {
  id: TokenId;
  /** What it is interned under. */
  key: string;
  kind: TokenKind;
  /** Name of the built-in type whose methods it has: `Array`, `Map`, `Object`, ... */
  type: string;
  /** For people: the variable or property it was given to, the function, the package. */
  name: string;
  module: ModuleId | null;
  at: number;
  /** For inputs: something found in what the handler was called with. */
  isPart: boolean;
  /** For functions. */
  fn: FunctionIR | null;
  parent: Instance | null;
  /** For `function` tokens made by `bind`: what is called in its place. */
  bound: { target: TokenId; self: NodeId; args: NodeId[] } | null;
  /** For externals and inputs: what the outside has been handed there. */
  contents: NodeId;
  fields: Map<Field, NodeId>;
  views: Map<Field, NodeId>;
  accessors: Map<string, NodeId> | null;
  /** A part of the tangle: see `tangle.ts`. */
  isTangled: boolean;
  /** Told of every field, present and future. */
  onField: ((field: Field, node: NodeId) => void)[];
}

/** True for what objects have that is no property of theirs. */
export const isPseudo = (field: Field): boolean => field.startsWith('<');
/** The function that reading or writing `field` calls, as a pseudo-field of the object that has the accessor. */
export const accessorField = (kind: 'get' | 'set', field: Field): Field => `<${kind} ${field}>`;
const ACCESSOR = /^<([gs]et) (.*)>$/s;
/** The property whose getter is kept in the field; null for other fields. */
export const fieldOfGetter = (field: Field): Field | null => {
  const found = ACCESSOR.exec(field);
  return found?.[1] === 'get' ? (found[2] as Field) : null;
};
/** Whether the outside gives what objects in its hands have in the field to those who ask it for that. */
const isHandedOn = (field: Field): boolean => (!isPseudo(field) || ACCESSOR.test(field)) && field !== ELEMENT;
const isIndex = (field: Field): boolean => /^\d+$/.test(field);
const isItem = (field: Field): boolean => field === ELEMENT || isIndex(field);
const COLLECTIONS = new Set(['Array', 'Map', 'Set', 'WeakMap', 'WeakSet', 'Generator']);

/** True for containers whose named properties are methods and indices, not fields. */
export const isCollection = (token: Token): boolean => COLLECTIONS.has(token.type);

/** True for objects that iterating may find something in. */
export const hasItems = (token: Token): boolean =>
  token.type !== 'Object' || [...token.fields.keys()].some(field => isItem(field) || field === KEY);

export class Heap {
  readonly tokens: Token[] = [];
  /** What stands for all that cannot be told apart, in a coarse analysis. */
  tangle: Token | null = null;
  private readonly byKey = new Map<string, Token>();
  private readonly handedFields = new Map<NodeId, Map<Field, NodeId>>();

  constructor(
    private readonly solver: Solver,
    /** The built-in method that a type has under a name, if it is modelled. */
    private readonly methodOf: (type: string, name: string) => TokenId | undefined,
    /** The type of a property of what a handler is called with. */
    private readonly propertyType: (type: string, name: string) => string,
  ) {}

  get(id: TokenId): Token {
    return this.tokens[id] as Token;
  }

  /** The token named `key`, made on first use. */
  intern(key: string, kind: TokenKind, type: string, name: string): Token {
    const known = this.byKey.get(key);
    if (known) return known;
    const token: Token = {
      id: this.tokens.length,
      key,
      kind,
      type,
      name,
      module: null,
      at: 0,
      isPart: false,
      fn: null,
      parent: null,
      bound: null,
      contents: -1,
      fields: new Map(),
      views: new Map(),
      accessors: null,
      isTangled: false,
      onField: [],
    };
    if (kind === 'external' || kind === 'input') token.contents = this.solver.newNode();
    this.tokens.push(token);
    this.byKey.set(key, token);
    return token;
  }

  find(key: string): Token | undefined {
    return this.byKey.get(key);
  }

  /** The storage of a field: what is written to it. */
  field(token: Token, field: Field): NodeId {
    let node = token.fields.get(field);
    if (node === undefined) {
      node = this.solver.newNode();
      token.fields.set(field, node);
      for (const listener of token.onField) listener(field, node);
    }
    return node;
  }

  /** Calls `listener` for every field that `token` has or will have. */
  eachField(token: Token, listener: (field: Field, node: NodeId) => void): void {
    token.onField.push(listener);
    for (const [field, node] of [...token.fields]) listener(field, node);
  }

  /**
   * What reading a field may give: its own storage, what was stored under unknown keys, what the
   * prototypes have, and the methods of its built-in type.
   */
  view(token: Token, field: Field): NodeId {
    const known = token.views.get(field);
    if (known !== undefined) return known;
    const view = this.solver.newNode();
    token.views.set(field, view);
    if (token.isTangled && this.tangle) this.solver.addEdge(view, this.tangle.contents);
    const accessor = ACCESSOR.exec(field);
    if (token.kind === 'external' || token.kind === 'input') this.viewOutside(token, field, view);
    else if (accessor) this.viewAccessor(token, accessor[1] as 'get' | 'set', accessor[2] as Field, view);
    else if (field === ELEMENT) this.viewAll(token, view);
    else if (field === ITERATED) this.viewIterated(token, view);
    else if (field === ITEMS) this.viewItems(token, view);
    else this.viewNamed(token, field, view);
    return view;
  }

  /** Whatever one asks of the outside, it may give itself, or what objects have by that name that it was handed. */
  private viewOutside(token: Token, field: Field, view: NodeId): void {
    this.solver.addEdge(this.field(token, field), view);
    if (isHandedOn(field)) this.solver.addEdge(this.handed(token.contents, field), view);
    this.solver.addFilteredEdge(this.field(token, field), token.contents);
    // What its own accessors do is its own business, as that of its properties is.
    if (!ACCESSOR.test(field)) this.solver.addToken(view, this.partOf(token, field).id);
  }

  /** What the objects in the hands of the outside have under a name. */
  handed(contents: NodeId, field: Field): NodeId {
    let index = this.handedFields.get(contents);
    if (!index) {
      const fields = new Map<Field, NodeId>();
      index = fields;
      this.handedFields.set(contents, fields);
      this.solver.listen(contents, id => {
        this.eachField(this.get(id), (name, node) => {
          if (isHandedOn(name)) this.solver.addEdge(node, this.handedNode(fields, name));
        });
      });
    }
    return this.handedNode(index, field);
  }

  private handedNode(index: Map<Field, NodeId>, field: Field): NodeId {
    let node = index.get(field);
    if (node === undefined) {
      node = this.solver.newNode();
      index.set(field, node);
    }
    return node;
  }

  /**
   * A part of what a handler was called with: told apart where its type is known (`req.body`), the whole
   * stands for its parts elsewhere.
   */
  private partOf(token: Token, field: Field): Token {
    if (token.kind !== 'input' || isPseudo(field) || token.type === 'External') return token;
    if (token.type === 'Data' && token.key.endsWith('/part')) return token;
    const type = this.propertyType(token.type, field);
    // Parts of one type are one part, as `req.res.req` leads in circles; so are all whose type is not known.
    const whole = token.isPart ? token.key.slice(0, token.key.lastIndexOf(':')) : token.key;
    const key = token.type === 'Data' ? `${token.key}/part` : `${whole}:${type}`;
    const part = this.intern(key, 'input', type, `${token.name}.${field}`);
    part.isPart = true;
    part.contents = token.contents;
    part.module = token.module;
    part.at = token.at;
    return part;
  }

  /** The accessors that an access of `field` may call: its own, those under unknown names, and inherited ones. */
  private viewAccessor(token: Token, kind: 'get' | 'set', field: Field, view: NodeId): void {
    if (field === ELEMENT) {
      const prefix = accessorField(kind, '').slice(0, -1);
      this.eachField(token, (name, node) => {
        if (name.startsWith(prefix)) this.solver.addEdge(node, view);
      });
    } else {
      this.solver.addEdge(this.field(token, accessorField(kind, field)), view);
      this.solver.addEdge(this.field(token, accessorField(kind, ELEMENT)), view);
    }
    this.inherit(token, accessorField(kind, field), view);
  }

  private inherit(token: Token, field: Field, view: NodeId): void {
    this.solver.listen(this.field(token, PROTO), id => {
      const proto = this.get(id);
      if (proto !== token) this.solver.addEdge(this.view(proto, field), view);
    });
  }

  private viewAll(token: Token, view: NodeId): void {
    const onlyIndices = isCollection(token);
    this.eachField(token, (field, node) => {
      if (field === ELEMENT || (!isPseudo(field) && (!onlyIndices || isIndex(field))))
        this.solver.addEdge(node, view);
    });
    if (token.type === 'Set') this.solver.addEdge(this.field(token, KEY), view);
    // `object[name]` may be a method.
    if (!onlyIndices) this.inherit(token, ELEMENT, view);
  }

  private viewIterated(token: Token, view: NodeId): void {
    if (token.type === 'Map') this.viewEntries(token, view);
    else if (token.type !== 'Object') this.viewAll(token, view);
    else {
      // A plain object has no iterator, but may be array-like or of a class that extends a container.
      this.eachField(token, (field, node) => {
        if (isItem(field) || field === KEY) this.solver.addEdge(node, view);
      });
      this.eachPrototype(token, ({ type }) => {
        if (type === 'Map') this.viewEntries(token, view);
      });
    }
  }

  private viewItems(token: Token, view: NodeId): void {
    if (token.type === 'Array' || token.type === 'Data') this.viewAll(token, view);
    else if (token.type === 'Object')
      this.eachPrototype(token, ({ type }) => {
        if (type === 'Array') this.viewIterated(token, view);
      });
  }

  private eachPrototype(token: Token, listener: (proto: Token) => void): void {
    const seen = new Set<TokenId>();
    const visit = (id: TokenId): void => {
      if (seen.has(id)) return;
      seen.add(id);
      listener(this.get(id));
      this.solver.listen(this.field(this.get(id), PROTO), visit);
    };
    this.solver.listen(this.field(token, PROTO), visit);
  }

  /** A Map iterates over fresh `[key, value]` pairs. */
  private viewEntries(token: Token, view: NodeId): void {
    const entry = this.intern(`${token.id}<entry>`, 'object', 'Array', token.name);
    this.solver.addEdge(this.field(token, KEY), this.field(entry, '0'));
    this.solver.addEdge(this.view(token, ELEMENT), this.field(entry, '1'));
    this.solver.addToken(view, entry.id);
  }

  private viewNamed(token: Token, field: Field, view: NodeId): void {
    const { solver } = this;
    solver.addEdge(this.field(token, field), view);
    if (isPseudo(field)) return;
    // Every function that can make objects has one of its own, and nobody names it by a computed key.
    if (token.kind === 'function' && field === 'prototype') return;
    if (!isCollection(token) || token.type === 'Array') {
      if (!isCollection(token) || isIndex(field)) solver.addEdge(this.field(token, ELEMENT), view);
    } else if (isIndex(field)) {
      // An index of what is no array (a Set taken apart by a pattern) is one of the things it iterates over.
      solver.addEdge(this.view(token, ITERATED), view);
    }
    // `buffer` is the memory that it is a view of, and so are all other views of that.
    if (token.type === 'Buffer' && field === 'buffer') solver.addToken(view, token.id);
    this.inherit(token, field, view);
    const method = this.methodOf(token.type, field);
    if (method !== undefined) solver.addToken(view, method);
  }
}
