/**
 * `place-section`: a section, or a gate, in the body of its handler.
 *
 *     async function buy(sku) {                 async function buy(sku) {
 *       await authenticate();                     await authenticate();
 *                                                 const _section = _begin(_buy);
 *                                                 if (_section.enter()) await _section.turn;
 *                                                 try {
 *       const left = stock.get(sku);                const left = stock.get(sku);
 *       await pay();                                await pay();
 *       stock.set(sku, left - 1);                   stock.set(sku, left - 1);
 *                                                   _section.leave();
 *       await sendMail(left);                       await sendMail(left);
 *     }                                           } finally {
 *                                                   _section.leave();
 *                                                 }
 *                                               }
 *
 * The `try` begins where the section may begin first and lasts to the end of the body, so that no declaration is
 * torn apart; it ends with the section if nothing that it declares is used afterwards. A gate needs none:
 * `if (_mustWait(_look)) await _turn(_look);`.
 *
 * A section that reads first goes on to writing by `if (_section.write()) await _section.turn;`. One that takes some of its classes later
 * does so by `if (_section.grow(1)) await _section.turn;`, with the number of the step.
 *
 * Statements are moved here, so this is done when all other edits have been applied, and on nodes: what they were
 * found by are their offsets in the source, which they keep.
 */
import type {
  ArrowFunctionExpression,
  BlockStatement,
  Expression,
  Function as FunctionNode,
  Node,
  ReturnStatement,
  Statement,
} from '@babel/types';
import type { Span } from '../plan/edit.js';
import type { PlannedHandler } from '../plan/plan.js';
import { keyValues } from './keys.js';
import { needsOf } from './needs.js';
import { type PlaceSection, placedAt, type Rewriting } from './rewriting.js';
import { TreeWalk } from './tree-walk.js';

/** Names the guards, which stand at the top of the module: `var _buy = _guard("shop.js#buy", { ... });`. */
export function planGuards(rewriting: Rewriting): void {
  const { types, program, runtime, handlers, sections, prologues } = rewriting;
  for (const section of sections) {
    const { edit, path } = section;
    const handler = handlers.get(edit.handler);
    if (!handler) throw new Error(`The plan places a section of ${edit.handler}, which it does not list.`);
    section.guard = program.scope.generateUid(nameFor(edit.handler));
    const made = types.callExpression(runtime.reference('guard'), [
      types.stringLiteral(handler.id),
      needsOf(types, handler),
    ]);
    // A `var`, as the function may be called before this has been evaluated, by a module of an import cycle.
    const declaration = types.variableDeclaration('var', [
      types.variableDeclarator(types.identifier(section.guard), made),
    ]);
    prologues.push({ body: program, order: edit.start, statement: placedAt(declaration, path.node) });
    for (const name of edit.isGate ? (['mustWait', 'turn'] as const) : (['begin'] as const))
      runtime.reference(name);
  }
}

/** `src/shop.js#Cart.add` is `add`, and `src/app.js#post("/buy")` is `post`. */
function nameFor(handlerId: string): string {
  const name = handlerId.slice(handlerId.indexOf('#') + 1).replace(/\(.*$/s, '');
  return name.slice(name.lastIndexOf('.') + 1).replace(/\W+/g, '') || 'handler';
}

/** Puts all sections into the bodies. */
export function placeSections(rewriting: Rewriting): void {
  const { types, program, sections } = rewriting;
  if (sections.length === 0) return;
  const section = sections.some(({ edit }) => !edit.isGate) ? program.scope.generateUid('section') : '';
  for (const { edit, path, guard } of sections) {
    const body = bodyOf(rewriting, path.node as FunctionNode, edit);
    const placing = new Placing(rewriting, edit, guard, section);
    if (edit.isGate) placing.passGate(body);
    else placing.openSection(body);
  }
  const moved = new Set<Node>(sections.map(({ path }) => path.node));
  const walk = new TreeWalk(types, program);
  walk.visit({
    enter(node) {
      if (moved.has(node)) walk.path.scope.crawl();
      return true;
    },
  });
  const guards = new Set(sections.map(({ guard }) => guard));
  for (const path of program.get('body')) {
    const { node } = path;
    if (node.type !== 'VariableDeclaration' || node.start != null) continue;
    const id = node.declarations[0]?.id;
    if (id?.type === 'Identifier' && guards.has(id.name)) program.scope.registerDeclaration(path);
  }
}

/**
 * The body in braces; an arrow function without gets them, and its value the offsets of a `return`: those of the entry, as
 * nothing else can be entered before. A temporary variable of the value may have brought the braces already.
 */
function bodyOf({ types }: Rewriting, fn: FunctionNode, { enters, settling }: PlaceSection): BlockStatement {
  if (types.isBlockStatement(fn.body) && fn.body.start != null) return fn.body;
  types.ensureBlock(fn as ArrowFunctionExpression);
  const body = fn.body as BlockStatement;
  const returned = body.body.at(-1) as ReturnStatement;
  const value = returned.argument as Expression;
  placedAt(body, value);
  placedAt(returned, value);
  const [{ start, end } = value] = enters;
  returned.start = start ?? null;
  returned.end = end ?? null;
  (fn as ArrowFunctionExpression).expression = false;
  if (settling.length > 0) settle(types, returned);
  return body;
}

/** `return f();` becomes `return await f();`: in an `async` function that is the same result. */
function settle(types: Rewriting['types'], statement: ReturnStatement): void {
  const { argument } = statement;
  if (argument && !types.isAwaitExpression(argument))
    statement.argument = placedAt(types.awaitExpression(argument), argument);
}

class Placing {
  private readonly leaveStatements = new Set<Statement>();

  constructor(
    private readonly rewriting: Rewriting,
    private readonly edit: PlaceSection,
    private readonly guard: string,
    private readonly section: string,
  ) {}

  passGate(body: BlockStatement): void {
    const { types, runtime } = this.rewriting;
    const ask = (name: 'mustWait' | 'turn'): Expression =>
      types.callExpression(runtime.reference(name), [types.identifier(this.guard), ...this.keyValues()]);
    this.insertBefore(body, this.edit.enters, () =>
      types.ifStatement(ask('mustWait'), types.expressionStatement(types.awaitExpression(ask('turn')))),
    );
  }

  openSection(body: BlockStatement): void {
    const { types, runtime } = this.rewriting;
    const { edit } = this;
    const first = this.firstStatement(body);
    const before = body.body.slice(0, first);
    const inside = body.body.slice(first);
    const inner = types.blockStatement(inside);
    for (const span of edit.settling) this.settleAt(inner, span);
    for (const span of edit.asides) this.standAside(inner, span);
    const leading = inside[0] as Statement;
    const entersFirst = edit.enters.filter(
      ({ start, end }) => leading.start === start && leading.end === end,
    );
    const [isFirst] = entersFirst;
    this.insertBefore(
      inner,
      edit.enters.filter(span => span !== isFirst),
      () => this.awaitingStatement('enter'),
    );
    // After the entries, so that they come before where both stand before one statement.
    this.insertBefore(inner, edit.writes, () => this.awaitingStatement('write'));
    for (const [step, spans] of (edit.grows ?? []).entries())
      this.insertBefore(inner, spans, () => this.awaitingStatement('grow', step + 1));
    this.insertBefore(inner, edit.leaves, () => types.expressionStatement(this.call('leave')));
    const after = this.cutAfterLeave(inner);
    const made = types.variableDeclaration('const', [
      types.variableDeclarator(
        types.identifier(this.section),
        types.callExpression(runtime.reference('begin'), [types.identifier(this.guard)]),
      ),
    ]);
    const guarded = types.tryStatement(
      inner,
      null,
      types.blockStatement([types.expressionStatement(this.call('leave'))]),
    );
    body.body = [
      ...before,
      placedAt(made, leading),
      ...(isFirst ? [placedAt(this.awaitingStatement('enter'), leading)] : []),
      guarded,
      ...after,
    ];
  }

  /**
   * The statement of the body with which the `try` begins. Function declarations are hoisted to the start of the
   * body, and close over what it declares: with them, all of it has to be inside.
   */
  private firstStatement(body: BlockStatement): number {
    const { types } = this.rewriting;
    if (body.body.some(statement => types.isFunctionDeclaration(statement))) return 0;
    const starts = this.edit.enters.map(({ start }) => start);
    const first = Math.min(...starts);
    return body.body.findIndex(({ end }) => (end ?? -1) > first);
  }

  /** What follows the section, if it is left at the top of the body and nothing it declares is used afterwards. */
  private cutAfterLeave(inner: BlockStatement): Statement[] {
    const { types } = this.rewriting;
    const index = inner.body.findIndex(statement => this.leaveStatements.has(statement));
    if (index < 0) return [];
    const declares = (statement: Statement): boolean =>
      types.isFunctionDeclaration(statement) ||
      types.isClassDeclaration(statement) ||
      (types.isVariableDeclaration(statement) && statement.kind !== 'var');
    if (inner.body.slice(0, index).some(declares)) return [];
    const after = inner.body.slice(index + 1);
    inner.body = inner.body.slice(0, index);
    return after;
  }

  private call(method: 'enter' | 'write' | 'grow' | 'leave', step?: number): Expression {
    const args = method === 'enter' ? this.keyValues() : [];
    if (step !== undefined) args.push(this.rewriting.types.numericLiteral(step));
    return this.callWith(method, args);
  }

  private callWith(method: string, args: Expression[]): Expression {
    const { types } = this.rewriting;
    const callee = types.memberExpression(types.identifier(this.section), types.identifier(method));
    return types.callExpression(callee, args);
  }

  /** `await reply` becomes `await _section.aside(reply)`. */
  private standAside(root: Node, { start, end }: Span): void {
    const { types } = this.rewriting;
    let isFound = false;
    types.traverseFast(root, node => {
      if (node.type !== 'AwaitExpression' || node.start !== start || node.end !== end) return;
      node.argument = placedAt(this.callWith('aside', [node.argument]), node.argument);
      isFound = true;
    });
    if (!isFound) throw new Error(`The section of ${this.edit.handler} has no await at ${start}.`);
  }

  /** What the keys are found by, if only single keys of some class are held. */
  private keyValues(): Expression[] {
    const { types, handlers } = this.rewriting;
    return keyValues(types, handlers.get(this.edit.handler) as PlannedHandler);
  }

  private awaitingStatement(method: 'enter' | 'write' | 'grow', step?: number): Statement {
    const { types } = this.rewriting;
    const turn = types.memberExpression(types.identifier(this.section), types.identifier('turn'));
    return types.ifStatement(this.call(method, step), types.expressionStatement(types.awaitExpression(turn)));
  }

  private settleAt(root: Node, span: Span): void {
    const found = this.find(root, span);
    if (found.node.type === 'ReturnStatement') settle(this.rewriting.types, found.node);
  }

  private insertBefore(root: Node, spans: readonly Span[], make: () => Statement): void {
    const { types } = this.rewriting;
    for (const span of spans) {
      const { node, parent, key } = this.find(root, span);
      const statement = placedAt(make(), node);
      if (types.isExpressionStatement(statement)) this.leaveStatements.add(statement);
      const place = (parent as unknown as Record<string, Statement | Statement[]>)[key];
      if (Array.isArray(place)) place.splice(place.indexOf(node), 0, statement);
      else {
        const block = types.blockStatement([statement, node]);
        (parent as unknown as Record<string, Statement>)[key] = block;
      }
    }
  }

  /** The statement at `span`, the innermost if several are, and where it stands. */
  private find(root: Node, span: Span): { node: Statement; parent: Node; key: string } {
    const { types } = this.rewriting;
    let found: { node: Statement; parent: Node; key: string } | undefined;
    const visit = (parent: Node): void => {
      for (const key of types.VISITOR_KEYS[parent.type] ?? []) {
        const value = (parent as unknown as Record<string, Node | Node[] | null | undefined>)[key];
        for (const node of Array.isArray(value) ? value : [value]) {
          if (!node || types.isExpression(node)) continue;
          if (node.start === span.start && node.end === span.end && types.isStatement(node))
            found = { node, parent, key };
          visit(node);
        }
      }
    };
    visit(root);
    if (!found) throw new Error(`The section of ${this.edit.handler} has no statement at ${span.start}.`);
    return found;
  }
}
