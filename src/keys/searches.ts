/**
 * Searches: which lists are searched by a property of their elements that never changes?
 *
 * Such a property is as good as the key of a container. An object that was found by it can be no object that was found by
 * another value, wherever both are kept. And what a search finds in a list depends on no element that has another value there.
 */
import type { Instance } from '../effects/instances.js';
import type { PointsTo } from '../effects/points-to.js';
import type { NodeId, TokenId } from '../effects/solver.js';
import { definitionsOf } from '../ir/definitions.js';
import {
  type CallOp,
  ELEMENT,
  type Equality,
  type Field,
  NONE,
  type Op,
  PROTO,
  slotOf,
  upOf,
  type Value,
} from '../ir/ir.js';
import { variableOf } from '../ir/lower.js';
import { byKeys } from '../order/by-keys.js';
import type { Changes } from './changes.js';
import type { Holding } from './holding.js';
import type { Indexes } from './indexes.js';
import { isInherited } from './made.js';
import { keyOfRead, type Operand } from './operand.js';

/** An operation that looks for elements with a property of a certain value. */
export interface Search {
  property: Field;
  /** Where the value is evaluated. */
  instance: Instance;
  key: Operand;
}

/** A list of what a search has found. */
export interface Matches {
  search: Search;
  /** Where the search is made. */
  instance: Instance;
  /** What its elements are taken out of. */
  sources: ReadonlySet<NodeId>;
}

/** Array methods that give what they have found, a list of that, or whether there is any. */
const METHODS = new Set(['find', 'findLast', 'filter', 'some']);

export class Searches {
  private found: Map<TokenId, Field> | null = null;
  /** By the list that a search gives; null if several do. */
  private readonly matches = new Map<TokenId, Matches | null>();
  private readonly constant = new Map<string, boolean>();

  constructor(
    private readonly program: PointsTo,
    private readonly changes: Changes,
    private readonly holding: Holding,
    private readonly indexes: Indexes,
  ) {}

  /** The property by which elements of a list, or objects of a kind, are looked for; null if there is none that never changes. */
  propertyOf(id: TokenId): Field | null {
    this.found ??= this.find();
    return this.found.get(id) ?? null;
  }

  /** The search whose result a list is, unless anything else may be in it. */
  matchesIn(list: TokenId): Matches | null {
    this.found ??= this.find();
    return this.matches.get(list) ?? null;
  }

  /** What an operation looks for; null if it does something else, or more. */
  of(instance: Instance, op: Op, index: number): Search | null {
    if (op.op === 'load') {
      const equality = instance.fn.searches.get(op);
      return equality ? this.searchBy(instance, slotOf(op.to), equality) : null;
    }
    if (op.op !== 'call' || op.field === null || op.base === NONE) return null;
    if (op.field === 'get') return this.inIndex(instance, op, index);
    if (!METHODS.has(op.field)) return null;
    const record = instance.calls.get(index);
    if (!record || !this.isOfLists(instance, op.base) || op.spread >= 0) return null;
    const { models, targets, externals, callbacks, later } = record;
    if (models.length === 0 || targets.size > 0 || externals.size > 0 || later.size > 0) return null;
    if (callbacks.size !== 1) return null;
    const predicate = callbacks.at(0);
    const [parameter] = predicate.fn.params;
    const equality = predicate.fn.predicate;
    return equality && parameter !== undefined ? this.searchBy(predicate, parameter, equality) : null;
  }

  /** What a function looks for that does nothing with other objects than those that match, wherever it is called. */
  ofPredicate(instance: Instance): Search | null {
    const { predicate, params } = instance.fn;
    const [parameter] = params;
    // A pattern reads more of all objects.
    if (predicate === null || parameter === undefined || !variableOf(instance.fn, parameter)) return null;
    return this.searchBy(instance, parameter, predicate);
  }

  /** What is looked up in maps that have objects under a property. */
  private inIndex(instance: Instance, op: CallOp, index: number): Search | null {
    const record = instance.calls.get(index);
    if (!record || record.targets.size > 0 || record.externals.size > 0) return null;
    const key = keyOfRead(instance, op, index);
    const properties = new Set<Field | null>();
    for (const id of this.program.solver.tokens(instance.node(op.base)))
      properties.add(this.indexes.propertyOf(id));
    const [property] = properties;
    return key && property && properties.size === 1 ? { property, instance, key } : null;
  }

  private isOfLists(instance: Instance, base: number): boolean {
    const { solver, heap } = this.program;
    for (const id of solver.tokens(instance.node(base)))
      if (!/^(?:Array|Data)$/.test(heap.get(id).type)) return false;
    return true;
  }

  /** The search by an equality of which one side is a property of the element in a slot. */
  private searchBy(instance: Instance, element: number, [one, other]: Equality): Search | null {
    for (const [side, key] of [
      [one, other],
      [other, one],
    ] as const) {
      const property = propertyOfElement(instance, side, element);
      if (property !== null && !this.program.mayCallAccessor(property))
        return { property, instance, key: { ref: NONE, value: key } };
    }
    return null;
  }

  private find(): Map<TokenId, Field> {
    const { heap, solver } = this.program;
    /** By object, by property: how often it is looked for. */
    const counts = new Map<TokenId, Map<Field, number>>();
    const count = (id: TokenId, property: Field): void => {
      let own = counts.get(id);
      if (!own) {
        own = new Map();
        counts.set(id, own);
      }
      own.set(property, (own.get(property) ?? 0) + 1);
    };
    for (const instance of this.program.instances.all)
      instance.forEachOp((op, index) => {
        if (op.op !== 'load' && op.op !== 'call') return;
        const search = this.of(instance, op, index);
        if (search === null) return;
        if (op.op === 'call' && op.field === 'filter') this.noteMatches(instance, op, search);
        for (const list of solver.tokens(instance.node(op.base))) {
          if (heap.get(list).type === 'Array') count(list, search.property);
          for (const id of this.elementsOf(list)) count(id, search.property);
        }
      });
    const found = new Map<TokenId, Field>();
    for (const [id, own] of counts) {
      const isList = heap.get(id).type === 'Array';
      const best = [...own]
        .filter(([property]) => (isList ? this.isConstantIn(id, property) : this.isConstantOf(id, property)))
        .sort(
          byKeys(
            ([, times]) => -times,
            ([property]) => property,
          ),
        )[0];
      if (best) found.set(id, best[0]);
    }
    return found;
  }

  private noteMatches(instance: Instance, op: CallOp, search: Search): void {
    const { heap, solver } = this.program;
    const lists = [...solver.tokens(instance.node(op.base))];
    const sources = new Set(lists.map(list => this.program.viewOf(heap.get(list), ELEMENT)));
    for (const id of solver.tokens(instance.node(op.to)))
      this.matches.set(id, this.matches.has(id) ? null : { search, instance, sources });
  }

  private elementsOf(list: TokenId): Iterable<TokenId> {
    const { heap, solver } = this.program;
    return solver.tokens(this.program.viewOf(heap.get(list), ELEMENT));
  }

  private isConstantIn(list: TokenId, property: Field): boolean {
    for (const id of this.elementsOf(list)) if (!this.isConstantOf(id, property)) return false;
    return /^site:/.test(this.program.heap.get(list).key);
  }

  /** Whether each object of a kind has, in this property, for ever what it had there when it was made. */
  private isConstantOf(id: TokenId, property: Field): boolean {
    const name = `${id} ${property}`;
    let known = this.constant.get(name);
    if (known === undefined) {
      known = this.findConstant(id, property);
      this.constant.set(name, known);
    }
    return known;
  }

  private findConstant(id: TokenId, property: Field): boolean {
    const { heap, extendsBuiltins } = this.program;
    const { type, key } = heap.get(id);
    if (extendsBuiltins || isInherited(property)) return false;
    const isPlain = type === 'Object' && /^(?:site|new):/.test(key);
    // Of a text that was parsed, all objects are of one kind.
    if (!isPlain && !(type === 'Data' && /^fresh:.*\/part$/.test(key))) return false;
    if (this.holding.isOutside(id)) return false;
    const line = this.lineOf(id);
    return line !== null && !this.changes.mayEverChange(line, property);
  }

  /** An object and its prototypes; null if not all of them are the program's own. */
  private lineOf(id: TokenId): ReadonlySet<TokenId> | null {
    const { heap, solver } = this.program;
    const line = new Set([id]);
    for (const one of line) {
      const token = heap.get(one);
      if (token.kind !== 'object') return null;
      const prototypes = token.fields.get(PROTO);
      if (prototypes !== undefined) for (const proto of solver.tokens(prototypes)) line.add(proto);
    }
    return line;
  }
}

/** The property of an element that a value is; null if it is none. */
function propertyOfElement(instance: Instance, value: Value, element: number): Field | null {
  const { fn } = instance;
  const op =
    value.is === 'variable' ? definitionOf(instance, value.ref) : value.is === 'result' ? value.op : null;
  if (op?.op !== 'load' || !/^[A-Za-z_$][\w$]*$/.test(op.field)) return null;
  if (op.base === NONE || upOf(op.base) > 0) return null;
  const slot = slotOf(op.base);
  if (slot === element) return variableOf(fn, slot)?.isReassigned ? null : op.field;
  const origin = definitionsOf(fn).bySlot.get(slot);
  const isElement = origin?.op === 'copy' && upOf(origin.from) === 0 && slotOf(origin.from) === element;
  return isElement && !variableOf(fn, slot)?.isReassigned ? op.field : null;
}

/** What gives a part of a parameter, taken apart by a pattern, its value. */
function definitionOf({ fn }: Instance, ref: number): Op | null {
  const slot = slotOf(ref);
  if (upOf(ref) > 0 || variableOf(fn, slot)?.isReassigned) return null;
  const { bySlot } = definitionsOf(fn);
  const copy = bySlot.get(slot);
  if (copy?.op !== 'copy' || upOf(copy.from) > 0) return null;
  return bySlot.get(slotOf(copy.from)) ?? null;
}
