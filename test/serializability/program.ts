/**
 * Random server programs: handlers over shared variables, objects, maps and lists, with everything that may come
 * between two accesses.
 *
 * A program is a tree, so that fast-check can cut a failing one down to what is essential, and every tree renders to a
 * program that runs: names are resolved when it is rendered, and what cannot stand in a place is left out there.
 */
import fc from 'fast-check';

/** A place in the shared state. `k` and `j` are keys that the handler was called with, and so is `req.k`. */
export type Place = (typeof PLACES)[number] | OwnedPlace | SoughtPlace;
/** In a list that is searched. */
export type SoughtPlace =
  | 'order(k).n'
  | 'order(j).n'
  | 'orders(k).n'
  | 'orders(all)'
  | 'orders(length)'
  | 'order(n)'
  | 'ticket(k)'
  | 'ticket(j)'
  | 'room(k).n'
  | 'room(j).n'
  | 'seat(k).n'
  | 'seats(all)';
/** In objects that a container holds. */
export type OwnedPlace =
  | 'account(k).n'
  | 'account(j).n'
  | 'account(k).balance'
  | 'account(k).log'
  | 'account(j).log'
  | 'accounts(all)'
  | 'featured.n'
  | 'box[k].n'
  | 'box[j].n';
const PLACES = [
  'total',
  'count',
  'box.a',
  'box.inner.n',
  'map(k)',
  'map(own)',
  'map(j)',
  'map(req)',
  'map(helper)',
  'map(latest)',
  'map(all)',
  'set(k)',
  'table[k]',
  'table[j]',
  'table.x',
  'nested(k)(j)',
  'pair(k,j)',
  'pair(copy)',
  'pair(over)',
  'pair(visit)',
  'list',
  'record.n',
  'record(j).n',
  'current.a',
] as const;

export type Expr =
  | { e: 'number'; value: number }
  /** A local variable, or the argument `n`. */
  | { e: 'local'; index: number }
  | { e: 'read'; place: Place }
  | { e: 'sum'; left: Expr; right: Expr }
  | { e: 'choice'; test: Expr; yes: Expr; no: Expr }
  /** Suspends with the value in hands. */
  | { e: 'pause'; value: Expr }
  /** With the two keys, or the other way round. */
  | { e: 'call'; callee: Callee; value: Expr; swaps: boolean };

/** `handler` calls the next handler, if there is one. */
export type Callee = 'asyncHelper' | 'syncHelper' | 'handler';

export type Stmt =
  | { s: 'const'; value: Expr }
  | { s: 'write'; place: Place; value: Expr; adds: boolean }
  | { s: 'pause' }
  | { s: 'call'; callee: Callee; value: Expr; swaps: boolean }
  | { s: 'if'; test: Expr; yes: Stmt[]; no: Stmt[] }
  | { s: 'loop'; form: 'for' | 'of' | 'while'; body: Stmt[]; jump: 'none' | 'break' | 'continue'; test: Expr }
  | { s: 'try'; body: Stmt[]; caught: Stmt[] | null; last: Stmt[] | null }
  | { s: 'switch'; value: Expr; cases: Stmt[][]; breaks: boolean }
  | { s: 'labelled'; body: Stmt[]; test: Expr; rest: Stmt[] }
  /** A callback that is called at once. */
  | { s: 'each'; body: Stmt[] }
  /** A reaction that is awaited. */
  | { s: 'then'; body: Stmt[] }
  /** A function declaration, which is hoisted over what comes before it. */
  | { s: 'function'; body: Stmt[] }
  /** Keeps a shared object in a local variable, and changes it later. */
  | { s: 'alias'; body: Stmt[]; value: Expr }
  | { s: 'current'; toOther: boolean }
  /** Assigns to a key, or to the property that one is read from. */
  | { s: 'rekey'; what: 'k' | 'j' | 'req.k' }
  /** The object behind one key is put behind the other as well. */
  | { s: 'share' }
  | { s: 'remove'; what: 'map(k)' | 'map(all)' | 'set(k)' | 'table[k]' }
  /** An entry under a new key, which others can learn; put there late, or changed again, if that is said. */
  | { s: 'fresh'; body: Stmt[]; value: Expr; isLate: boolean; again: boolean }
  /** An account is made, or comes to another place. */
  | {
      s: 'account';
      does: 'open' | 'open by helper' | 'open twice' | 'open in loop' | 'move' | 'feature' | 'empty';
    }
  /** Keeps an account in a local variable, and changes it later. */
  | {
      s: 'hold';
      which: 'k' | 'j' | 'either' | 'new';
      by: 'field' | 'method' | 'log';
      body: Stmt[];
      value: Expr;
    }
  /** Something is added to a list that is searched, or taken out of it. */
  | { s: 'order'; does: 'add' | 'add late' | 'add by helper' | 'add two' | 'ticket' | 'remove' | 'rename' }
  /** Looks for something in a list, and changes it later. */
  | {
      s: 'seek';
      by: 'find' | 'loop' | 'rest of loop' | 'filter';
      which: 'k' | 'j';
      body: Stmt[];
      value: Expr;
    }
  /** A constant that is a key, or made of one. */
  | { s: 'key'; from: 'k' | 'j' | 'req.k' | 'own' | 'helper'; body: Stmt[]; value: Expr }
  /** Awaits the function that the handler was handed, which calls another handler. */
  | { s: 'work'; value: Expr }
  | { s: 'return'; value: Expr }
  /** Hands on a promise, without waiting for it. */
  | { s: 'return call'; callee: Callee; value: Expr; swaps: boolean }
  | { s: 'throw'; value: Expr };

export interface HandlerSource {
  form: 'declaration' | 'arrow' | 'function' | 'method' | 'expression';
  isAsync: boolean;
  /** What `n` is when the caller gives none. */
  fallback: Expr | null;
  body: Stmt[];
}

export interface ProgramSource {
  handlers: HandlerSource[];
  asyncHelper: Stmt[];
  syncHelper: Stmt[];
}

const place = fc.constantFrom(...PLACES);
const swaps = fc.boolean();
const callee = fc.constantFrom<Callee>('asyncHelper', 'syncHelper', 'handler');

/** A small number, a local variable, or what is read at a place. */
export const simpleValue = (place: fc.Arbitrary<Place>): fc.Arbitrary<Expr> =>
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ e: fc.constant('number' as const), value: fc.integer({ min: 1, max: 3 }) }),
    },
    { weight: 2, arbitrary: fc.record({ e: fc.constant('local' as const), index: fc.nat(5) }) },
    { weight: 3, arbitrary: fc.record({ e: fc.constant('read' as const), place }) },
  );

export const rekey: fc.Arbitrary<Stmt> = fc.record({
  s: fc.constant('rekey' as const),
  what: fc.constantFrom('k', 'j', 'req.k'),
});
export const share: fc.Arbitrary<Stmt> = fc.constant({ s: 'share' });
export const remove: fc.Arbitrary<Stmt> = fc.record({
  s: fc.constant('remove' as const),
  what: fc.constantFrom('map(k)', 'map(all)', 'set(k)', 'table[k]'),
});
export const freshEntry = (body: fc.Arbitrary<Stmt[]>, value: fc.Arbitrary<Expr>): fc.Arbitrary<Stmt> =>
  fc.record({ s: fc.constant('fresh' as const), body, value, isLate: fc.boolean(), again: fc.boolean() });
export const keyConstant = (body: fc.Arbitrary<Stmt[]>, value: fc.Arbitrary<Expr>): fc.Arbitrary<Stmt> =>
  fc.record({
    s: fc.constant('key' as const),
    from: fc.constantFrom('k', 'j', 'req.k', 'own', 'helper'),
    body,
    value,
  });

const { expr, body } = fc.letrec<{ expr: Expr; stmt: Stmt; body: Stmt[] }>(tie => {
  const expr = tie('expr');
  const body = tie('body');
  const noBody = fc.option(body, { nil: null });
  return {
    expr: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'expr' },
      { weight: 2, arbitrary: fc.record({ e: fc.constant('number' as const), value: fc.nat(3) }) },
      { weight: 2, arbitrary: fc.record({ e: fc.constant('local' as const), index: fc.nat(5) }) },
      { weight: 5, arbitrary: fc.record({ e: fc.constant('read' as const), place }) },
      { weight: 2, arbitrary: fc.record({ e: fc.constant('sum' as const), left: expr, right: expr }) },
      {
        weight: 1,
        arbitrary: fc.record({ e: fc.constant('choice' as const), test: expr, yes: expr, no: expr }),
      },
      { weight: 2, arbitrary: fc.record({ e: fc.constant('pause' as const), value: expr }) },
      { weight: 2, arbitrary: fc.record({ e: fc.constant('call' as const), callee, value: expr, swaps }) },
    ),
    stmt: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'stmt' },
      { weight: 6, arbitrary: fc.record({ s: fc.constant('const' as const), value: expr }) },
      {
        weight: 9,
        arbitrary: fc.record({
          s: fc.constant('write' as const),
          place,
          value: expr,
          adds: fc.boolean(),
        }),
      },
      { weight: 6, arbitrary: fc.constant({ s: 'pause' as const }) },
      { weight: 2, arbitrary: fc.record({ s: fc.constant('call' as const), callee, value: expr, swaps }) },
      { weight: 1, arbitrary: fc.record({ s: fc.constant('current' as const), toOther: fc.boolean() }) },
      { weight: 2, arbitrary: fc.record({ s: fc.constant('alias' as const), body, value: expr }) },
      { weight: 1, arbitrary: rekey },
      { weight: 1, arbitrary: share },
      { weight: 1, arbitrary: remove },
      { weight: 1, arbitrary: freshEntry(body, expr) },
      { weight: 3, arbitrary: keyConstant(body, expr) },
      { weight: 1, arbitrary: fc.record({ s: fc.constant('return' as const), value: expr }) },
      {
        weight: 2,
        arbitrary: fc.record({ s: fc.constant('return call' as const), callee, value: expr, swaps }),
      },
      { weight: 1, arbitrary: fc.record({ s: fc.constant('throw' as const), value: expr }) },
      {
        weight: 3,
        arbitrary: fc.record({ s: fc.constant('if' as const), test: expr, yes: body, no: body }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          s: fc.constant('loop' as const),
          form: fc.constantFrom('for' as const, 'of' as const, 'while' as const),
          body,
          jump: fc.constantFrom('none' as const, 'break' as const, 'continue' as const),
          test: expr,
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ s: fc.constant('try' as const), body, caught: noBody, last: noBody }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          s: fc.constant('switch' as const),
          value: expr,
          cases: fc.array(body, { maxLength: 3 }),
          breaks: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ s: fc.constant('labelled' as const), body, test: expr, rest: body }),
      },
      { weight: 1, arbitrary: fc.record({ s: fc.constant('each' as const), body }) },
      { weight: 1, arbitrary: fc.record({ s: fc.constant('then' as const), body }) },
      { weight: 1, arbitrary: fc.record({ s: fc.constant('function' as const), body }) },
    ),
    body: fc.array(tie('stmt'), { maxLength: 4 }),
  };
});

const handler: fc.Arbitrary<HandlerSource> = fc.record({
  form: fc.constantFrom('declaration', 'arrow', 'function', 'method', 'expression'),
  isAsync: fc.oneof(
    { weight: 5, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  fallback: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: expr }),
  body: fc.array(body, { minLength: 1, maxLength: 3 }).map(lists => lists.flat()),
});

/** An async handler without defaults, in one of the usual forms. */
export const asyncHandler = (body: fc.Arbitrary<Stmt[]>): fc.Arbitrary<HandlerSource> =>
  fc.record({
    form: fc.constantFrom('declaration', 'arrow', 'method'),
    isAsync: fc.constant(true),
    fallback: fc.constant(null),
    body,
  });

export const program: fc.Arbitrary<ProgramSource> = fc.record({
  handlers: fc.array(handler, { minLength: 1, maxLength: 3 }),
  asyncHelper: body,
  syncHelper: body,
});

/** Branches, loops and returns, each of them rare. */
export const pathsOf = (body: fc.Arbitrary<Stmt[]>, value: fc.Arbitrary<Expr>) => [
  { weight: 1, arbitrary: fc.record({ s: fc.constant('if' as const), test: value, yes: body, no: body }) },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('each' as const), body }) },
  { weight: 1, arbitrary: fc.record({ s: fc.constant('return' as const), value }) },
];

/** Programs of one or two handlers, async most often, that are made of such statements, and helpers of simple ones. */
export const programOf = (
  stmt: fc.Arbitrary<Stmt>,
  simple: fc.Arbitrary<Stmt>,
): fc.Arbitrary<ProgramSource> =>
  fc.record({
    handlers: fc.array(
      fc.record<HandlerSource>({
        form: fc.constantFrom('declaration', 'arrow', 'method'),
        isAsync: fc.oneof(
          { weight: 7, arbitrary: fc.constant(true) },
          { weight: 1, arbitrary: fc.constant(false) },
        ),
        fallback: fc.constant(null),
        body: fc.array(stmt, { minLength: 2, maxLength: 5 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    asyncHelper: fc.array(simple, { maxLength: 3 }),
    syncHelper: fc.array(simple, { maxLength: 2 }),
  });
