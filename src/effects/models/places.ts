/**
 * Places: the small language in which effect models say where objects are found.
 *
 * A place is a root and steps from it. Roots: `this`, `return`, `argN`, `argN+` (that argument and all after it),
 * and two objects of the model's own that packages keep things in between calls: `$shared.name` for all tasks and
 * `$task.name` for the running one. Steps:
 *
 * | step | leads to |
 * |---|---|
 * | `[]` | what is stored under keys that are not known: elements, values of a map |
 * | `[argN]` | the property that argument N names, if that is a literal; otherwise as `[]` |
 * | `.name` | a property |
 * | `*` | every property; a flow from `*` to `*` keeps each under its name |
 * | `**` | everything reachable; the last step |
 * | `<keys>` | the keys that are objects |
 * | `<settled>` | what a promise settles with |
 * | `<iterated>` | what iterating gives |
 * | `<items>` | the elements of an array, nothing of what is none |
 * | `<proto>` | the prototype |
 * | `<sent>`, `<emitted>` | what was sent into a generator, emitted by an emitter |
 * | `<held>` | what a wrapper holds: the function that it calls |
 * | `<listeners>`, `<listeners argN>` | the listeners of all events, or of the one that argument N names |
 */
import { ELEMENT, type Field, ITEMS, ITERATED, KEY, PROTO, SENT, SETTLED } from '../../ir/ir.js';
import type { Place, Source } from './model.js';

const STEPS: Record<string, Field> = {
  '[]': ELEMENT,
  '*': ELEMENT,
  '<keys>': KEY,
  '<settled>': SETTLED,
  '<iterated>': ITERATED,
  '<items>': ITEMS,
  '<proto>': PROTO,
  '<sent>': SENT,
  '<emitted>': '<emitted>',
  '<held>': '<held>',
  '<listeners>': '<listeners>',
};

export type PlaceRoot = 'this' | 'return' | 'shared' | 'task' | number;

export interface ParsedPlace {
  /** A number: the number of an argument. */
  root: PlaceRoot;
  /** All arguments from `root` on. */
  andAfter: boolean;
  steps: Field[];
  /** For each step, the argument whose literal value names the field; -1 for none. */
  literals: number[];
  /** Ends in `*`: every property, under its own name. */
  every: boolean;
  /** Ends in `**`: everything reachable. */
  deep: boolean;
}

const ROOT = /^(?:(this|return)|\$(shared|task)(?=\.)|arg(\d+)(\+)?)/;
const STEP = /\[\]|\[arg(\d+)\]|\.[\w$]+|\*\*$|\*(?!\*)|<listeners(?: arg(\d+))?>|<[a-z]+>/y;

const parsed = new Map<Place, ParsedPlace>();

/** @throws Error when `place` is not of the form described above */
export function parsePlace(place: Place): ParsedPlace {
  const known = parsed.get(place);
  if (known) return known;
  const result = parse(place);
  if (!result) throw new Error(`"${place}" is no place of an effect model`);
  parsed.set(place, result);
  return result;
}

export const isPlace = (text: string): boolean => parse(text) !== null;

function parse(place: Place): ParsedPlace | null {
  const root = ROOT.exec(place);
  if (!root) return null;
  const result: ParsedPlace = {
    root: root[3] !== undefined ? Number(root[3]) : ((root[1] ?? root[2]) as PlaceRoot),
    andAfter: root[4] === '+',
    steps: [],
    literals: [],
    every: false,
    deep: false,
  };
  STEP.lastIndex = root[0].length;
  while (STEP.lastIndex < place.length) {
    const match = STEP.exec(place);
    if (!match) return null;
    const [step, property, event] = match;
    if (step === '**') {
      result.deep = true;
      continue;
    }
    result.every = step === '*';
    const field = step.startsWith('.')
      ? step.slice(1)
      : property !== undefined
        ? ELEMENT
        : event !== undefined
          ? '<listeners>'
          : STEPS[step];
    if (field === undefined) return null;
    result.steps.push(field);
    result.literals.push(Number(property ?? event ?? -1));
  }
  return result;
}

/** The object that a source makes: its type and, as `part`, what tells it from others of the same call. */
export function freshIn(source: Source): { type: string; part: string } | null {
  const match = /^fresh (\w+)(:\w+)?$/.exec(source);
  return match?.[1] === undefined ? null : { type: match[1], part: match[2] ?? '' };
}
