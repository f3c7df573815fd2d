/** Random programs as text: a CommonJS module that exports its handlers, and a function that tells the state. */
import type { Callee, Expr, HandlerSource, Place, ProgramSource, Stmt } from './program.js';

/** Lists are read here, or those that a program only adds to would be logs, whose order nobody keeps. */
const STATE = `const { setTimeout: pause } = require('node:timers/promises');
const { randomUUID } = require('node:crypto');
let total = 0;
let count = 0;
let latest = 'x';
const box = { a: 0, inner: { n: 0 } };
const other = { a: 0 };
let current = box;
const map = new Map();
const set = new Set();
const table = { x: 0, y: 0 };
const nested = new Map([['x', new Map()], ['y', new Map()]]);
const list = [];
const pairs = new Map();
const pairOf = (from, to) => \`\${from}/\${to}\`;
const pair = (from, to) => pairs.get(pairOf(from, to)) ?? 0;
class Visit { constructor(from, to) { this.from = from; this.to = to; } }
function keep(draft, value) { const visit = { value: 0, ...draft, at: 1 }; pairs.set(pairOf(visit.from, visit.to), value); }
const records = new Map([['x', { n: 0 }], ['y', { n: 0 }]]);
const own = key => "own-" + key;
const read = key => map.get(own(key)) ?? 0;
function store(key, value) { map.set(own(key), value); }
class Account {
  n = 0;
  log = [];
  add(value) { this.n += value; }
  get balance() { return this.n + this.log.length; }
}
const accounts = new Map();
accounts.set('x', new Account());
accounts.set('y', new Account());
const account = key => accounts.get(key);
function open(key) { const made = new Account(); accounts.set(key, made); return made; }
const orders = [{ id: 'x', n: 0 }];
const order = id => { for (const one of orders) if (one.id === id) return one; };
function addOrder(made) { orders.push(made); }
const tickets = [];
const rooms = [{ name: 'x', n: 0 }, { name: 'y', n: 0 }];
const roomsByName = new Map(rooms.map(room => [room.name, room]));
const seats = new Map([['x', { n: 0 }], ['y', { n: 0 }]]);
let featured = new Account();
const boxes = {};
const boxOf = key => boxes[key] ??= { n: 0 };
const sum = values => [...values].reduce((a, b) => a + b, 0);
sum([list.length, orders.length, tickets.length]);`;

/** For the test, not for the analysis: what it reads is no access of any task. */
const OBSERVER =
  'globalThis.observe = () => JSON.stringify({ total, count, box, other, which: current === box, map: [...map].map(([k, v]) => [k.replace(/^new.*/, "new"), v]).sort(), set: [...set].sort(), table: Object.entries(table).sort(), nested: [...nested].map(([k, m]) => [k, [...m].sort()]), pairs: [...pairs].sort(), list, records: [...records].sort(), same: records.get("x") === records.get("y"), accounts: [...accounts].sort().map(([k, { n, log }]) => [k, n, log, featured === accounts.get(k)]), featured, orders: orders.map(({ id, n }) => [id, n]), tickets, rooms, seats: [...seats], one: accounts.get("x") === accounts.get("y"), boxes: Object.entries(boxes).sort() });';

const READS: Record<Place, string> = {
  total: 'total',
  count: 'count',
  'box.a': 'box.a',
  'box.inner.n': 'box.inner.n',
  'map(k)': '(map.get(k) ?? 0)',
  'map(own)': '(map.get("own-" + k) ?? 0)',
  'map(j)': '(map.get(j) ?? 0)',
  'map(req)': '(map.get(req.k) ?? 0)',
  'map(helper)': 'read(k)',
  'map(latest)': '(map.get(latest) ?? 0)',
  'map(all)': 'sum(map.values())',
  'set(k)': 'Number(set.has(k))',
  'table[k]': '(table[k] ?? 0)',
  'table[j]': '(table[j] ?? 0)',
  'table.x': '(table.x ?? 0)',
  'nested(k)(j)': '(nested.get(k).get(j) ?? 0)',
  'pair(k,j)': '(pairs.get(pairOf(k, j)) ?? 0)',
  'pair(copy)': 'pair(k, j)',
  'pair(over)': 'pair(k, k)',
  'pair(visit)': 'pair(j, k)',
  list: 'list.length',
  'record.n': 'records.get(k).n',
  'record(j).n': 'records.get(j).n',
  'current.a': 'current.a',
  'account(k).n': 'accounts.get(k).n',
  'account(j).n': 'account(j).n',
  'account(k).balance': 'account(k).balance',
  'account(k).log': 'accounts.get(k).log.length',
  'account(j).log': 'account(j).log.length',
  'accounts(all)': 'sum([...accounts.values()].map(a => a.n))',
  'featured.n': 'featured.n',
  'order(k).n': '(orders.find(o => o.id === k)?.n ?? 0)',
  'order(j).n': '(order(j)?.n ?? 0)',
  'orders(k).n': 'sum(orders.filter(({ id }) => id === k).map(o => o.n))',
  'orders(all)': 'sum(orders.map(o => o.n))',
  'orders(length)': 'orders.length',
  'order(n)': 'Number(orders.some(o => o.id === k && o.n > n))',
  'ticket(k)': 'Number(tickets.some(t => t.of === k))',
  'ticket(j)': 'tickets.findIndex(t => t.of === j)',
  'room(k).n': 'roomsByName.get(k).n',
  'room(j).n': 'rooms.find(({ name }) => name === j).n',
  'seat(k).n': 'seats.get(k).n',
  'seats(all)': 'sum([...seats.values()].map(seat => seat.n))',
  'box[k].n': 'boxOf(k).n',
  'box[j].n': '(boxes[j]?.n ?? 0)',
};

const HELD = {
  k: 'accounts.get(k)',
  j: 'account(j)',
  either: '(n % 2 ? account(k) : accounts.get(j))',
  new: 'open(k)',
};

const TABLE = { 'table[k]': 'table[k]', 'table[j]': 'table[j]', 'table.x': 'table.x' };

const REMOVALS = {
  'map(k)': 'map.delete(k);',
  'map(all)': 'map.clear();',
  'set(k)': 'set.clear();',
  'table[k]': 'delete table[k];',
};

const KEYS = { k: 'k', j: 'j', 'req.k': 'req.k', own: '"own-" + k', helper: 'own(j)' };

export interface Rendered {
  /** What is analysed. */
  code: string;
  /** What is added when it runs. */
  observer: string;
  handlers: number;
}

/** The text of a program. */
export function render({ handlers, asyncHelper, syncHelper }: ProgramSource): Rendered {
  const parts = [
    STATE,
    `async function asyncHelper(k, n, j, req) {\n${new Body(true, false, null).statements(asyncHelper)}}`,
    `function syncHelper(k, n, j, req) {\n${new Body(false, false, null).statements(syncHelper)}}`,
  ];
  const exported: string[] = [];
  handlers.forEach((handler, index) => {
    const next = handlers[index + 1];
    parts.push(
      renderHandler(
        handler,
        `h${index}`,
        next ? { name: nameOf(next, index + 1), isAsync: next.isAsync } : null,
      ),
    );
    exported.push(`h${index}: ${nameOf(handler, index)}`);
  });
  parts.push(`module.exports = { ${exported.join(', ')} };`);
  return { code: `${parts.join('\n')}\n`, observer: OBSERVER, handlers: handlers.length };
}

const nameOf = ({ form }: HandlerSource, index: number): string =>
  form === 'method' ? `o${index}.h${index}` : `h${index}`;

interface NextHandler {
  name: string;
  isAsync: boolean;
}

function renderHandler(
  { form, isAsync, fallback, body }: HandlerSource,
  name: string,
  next: NextHandler | null,
): string {
  const inner = new Body(isAsync, true, next);
  const initial = fallback === null ? 'n' : `n = ${new Body(false, false, null).expression(fallback)}`;
  const params = `(k, ${initial}, j, req${body.some(({ s }) => s === 'work') ? ', work' : ''})`;
  const async = isAsync ? 'async ' : '';
  const block = `{\n${inner.statements(body)}}`;
  switch (form) {
    case 'declaration':
      return `${async}function ${name}${params} ${block}`;
    case 'arrow':
      return `const ${name} = ${async}${params} => ${block};`;
    case 'function':
      return `const ${name} = ${async}function ${params} ${block};`;
    case 'method':
      return `const o${name.slice(1)} = { ${async}${name}${params} ${block} };`;
    case 'expression': {
      const first = body.find(stmt => 'value' in stmt);
      const value = first && 'value' in first ? inner.expression(first.value) : '0';
      return `const ${name} = ${async}${params} => ${value};`;
    }
  }
}

/** The body of one function. */
class Body {
  private scopes: string[][] = [['n']];
  private names = 0;
  private finallies = 0;
  private indent = '  ';

  constructor(
    private isAsync: boolean,
    private readonly isHandler: boolean,
    private readonly next: NextHandler | null,
    private readonly isInner = false,
  ) {}

  expression(expr: Expr): string {
    switch (expr.e) {
      case 'number':
        return String(expr.value);
      case 'local': {
        const visible = this.scopes.flat();
        return visible[expr.index % visible.length] ?? 'n';
      }
      case 'read':
        return READS[expr.place];
      case 'sum':
        return `(${this.expression(expr.left)} + ${this.expression(expr.right)})`;
      case 'choice':
        return `(${this.expression(expr.test)} % 2 ? ${this.expression(expr.yes)} : ${this.expression(expr.no)})`;
      case 'pause':
        return this.isAsync
          ? `(await pause(0, ${this.expression(expr.value)}))`
          : this.expression(expr.value);
      case 'call':
        return this.call(expr, this.expression(expr.value));
    }
  }

  /** Handlers call all that comes after them, helpers call nothing, so that every program ends. */
  private call({ callee, swaps }: { callee: Callee; swaps: boolean }, value: string): string {
    if (!this.isHandler) return value;
    const args = swaps ? `j, ${value}, k, req` : `k, ${value}, j, req`;
    if (callee === 'syncHelper') return `syncHelper(${args})`;
    const target = callee === 'handler' ? this.next : { name: 'asyncHelper', isAsync: true };
    if (target === null) return value;
    if (!target.isAsync) return `${target.name}(${args})`;
    return this.isAsync ? `(await ${target.name}(${args}))` : value;
  }

  /**
   * A call whose promise is handed on. Where a `finally` is still to come, the call would go on beside it: what comes
   * out would not be certain even if the task ran alone.
   */
  private handedOn(call: string): string {
    return this.finallies > 0 ? call : call.replace(/^\(await (.*)\)$/, '$1');
  }

  statements(list: readonly Stmt[]): string {
    this.scopes.push([]);
    const text = list.map(stmt => this.statement(stmt)).join('');
    this.scopes.pop();
    return text;
  }

  private line(text: string): string {
    return `${this.indent}${text}\n`;
  }

  private block(head: string, list: readonly Stmt[], more = ''): string {
    const outer = this.indent;
    this.indent += '  ';
    const inner = this.statements(list) + (more === '' ? '' : this.line(more));
    this.indent = outer;
    return `${this.line(`${head} {`)}${inner}${this.line('}')}`;
  }

  private statement(stmt: Stmt): string {
    switch (stmt.s) {
      case 'const': {
        const value = this.expression(stmt.value);
        const name = `c${++this.names}`;
        this.scopes.at(-1)?.push(name);
        return this.line(`const ${name} = ${value};`);
      }
      case 'write':
        return this.line(this.write(stmt.place, this.expression(stmt.value), stmt.adds));
      case 'pause':
        return this.isAsync ? this.line('await pause();') : '';
      case 'work': {
        const name = `c${++this.names}`;
        const line = this.line(`const ${name} = await work(k, ${this.expression(stmt.value)}, j, req);`);
        this.scopes.at(-1)?.push(name);
        return line;
      }
      case 'call':
        return this.line(`${this.call(stmt, this.expression(stmt.value))};`);
      case 'alias': {
        const name = `r${++this.names}`;
        const kept = this.line(`const ${name} = records.get(k);`);
        return `${kept}${this.block('', stmt.body)}${this.line(`${name}.n += ${this.expression(stmt.value)};`)}`;
      }
      case 'current':
        return this.line(`current = ${stmt.toOther ? 'other' : 'box'};`);
      case 'account': {
        const name = `a${++this.names}`;
        const made = `const ${name} = new Account();`;
        const open = {
          open: `accounts.set(k, new Account());`,
          'open by helper': 'open(j);',
          'open twice': `${made} accounts.set(k, ${name}); accounts.set(j, ${name});`,
          'open in loop': `${made} for (const key of [k, j]) accounts.set(key, ${name});`,
          move: 'accounts.set(j, accounts.get(k));',
          feature: 'featured = account(k);',
          empty: 'account(k).log = [];',
        };
        return this.line(open[stmt.does]);
      }
      case 'hold': {
        const name = `a${++this.names}`;
        const kept = this.line(`const ${name} = ${HELD[stmt.which]};`);
        const value = this.expression(stmt.value);
        const change = {
          field: `${name}.n += ${value};`,
          method: `${name}.add(${value});`,
          log: `${name}.log.push(${value});`,
        };
        return `${kept}${this.block('', stmt.body)}${this.line(change[stmt.by])}`;
      }
      case 'order': {
        const name = `found${++this.names}`;
        const add = {
          add: 'if (!orders.some(o => o.id === k)) orders.push({ id: k, n: 0 });',
          'add late': `const ${name} = { id: j, n: 0 }; ${this.isAsync ? 'await pause();' : ''} orders.push(${name});`,
          'add by helper': 'addOrder({ id: k, n: 1 });',
          'add two': `orders.push({ id: k, n: 0 }, { id: j, n: 0 });`,
          ticket: 'tickets.push({ of: k });',
          remove: 'orders.splice(orders.findIndex(o => o.id === k), 1);',
          rename: 'for (const one of orders) if (one.id === k) one.id = j;',
        };
        return this.line(add[stmt.does]);
      }
      case 'seek': {
        const name = `found${++this.names}`;
        const { which } = stmt;
        const change = this.line(`${name}.n += ${this.expression(stmt.value)};`);
        if (stmt.by === 'find') {
          const kept = this.line(`const ${name} = orders.find(o => o.id === ${which});`);
          return kept + this.block('', stmt.body) + this.line(`if (${name}) ${change.trim()}`);
        }
        const heads = {
          loop: `for (const ${name} of orders) if (${name}.id === ${which})`,
          'rest of loop': `for (const ${name} of orders)`,
          filter: `for (const ${name} of orders.filter(o => ${which} === o.id))`,
        };
        const skip = stmt.by === 'rest of loop' ? this.line(`if (${name}.id !== ${which}) continue;`) : '';
        // Or it would also come to what it adds itself, without end.
        const last = stmt.by === 'filter' ? '' : this.line('break;');
        const block = this.block(heads[stmt.by], stmt.body);
        return block.replace('{\n', `{\n${skip}`).replace(/\}\n$/, `${change}${last}}\n`);
      }
      case 'rekey':
        return this.line(stmt.what === 'k' ? 'k = j;' : stmt.what === 'j' ? 'j = k;' : 'req.k = j;');
      case 'share':
        return this.line('records.set(j, records.get(k));');
      case 'remove':
        return this.line(REMOVALS[stmt.what]);
      case 'fresh': {
        const name = `id${++this.names}`;
        const value = this.expression(stmt.value);
        const stored = this.line(`map.set(${name}, ${value});`) + this.line(`latest = ${name};`);
        const body = this.block('', stmt.body);
        return (
          this.line(`const ${name} = randomUUID();`) +
          (stmt.isLate ? body + stored : stored + body) +
          (stmt.again ? this.line(`map.set(${name}, (map.get(${name}) ?? 0) + ${value});`) : '')
        );
      }
      case 'key': {
        const name = `key${++this.names}`;
        const kept = this.line(`const ${name} = ${KEYS[stmt.from]};`);
        const written = this.line(
          `map.set(${name}, (map.get(${name}) ?? 0) + ${this.expression(stmt.value)});`,
        );
        return `${kept}${this.block('', stmt.body)}${written}`;
      }
      case 'return':
        return this.line(`return ${this.expression(stmt.value)};`);
      case 'return call':
        return this.line(`return ${this.handedOn(this.call(stmt, this.expression(stmt.value)))};`);
      case 'throw':
        return this.line(`throw new Error(\`E\${${this.expression(stmt.value)}}\`);`);
      case 'if':
        return (
          this.block(`if (${this.expression(stmt.test)} % 2)`, stmt.yes) +
          (stmt.no.length > 0 ? this.block('else', stmt.no) : '')
        );
      case 'loop': {
        const name = `i${++this.names}`;
        const heads = {
          for: `for (let ${name} = 0; ${name} < 2; ${name}++)`,
          of: `for (const ${name} of [0, 1])`,
          while: `while (${name}++ < 2)`,
        };
        const jump = stmt.jump === 'none' ? '' : `if (${this.expression(stmt.test)} % 2) ${stmt.jump};`;
        const before = stmt.form === 'while' ? this.line(`let ${name} = 0;`) : '';
        return before + this.block(heads[stmt.form], stmt.body, jump);
      }
      case 'try': {
        const isBare = stmt.caught === null && stmt.last === null;
        if (stmt.last) this.finallies++;
        const before =
          this.block('try', stmt.body) +
          (stmt.caught || isBare ? this.block('catch', stmt.caught ?? []) : '');
        if (stmt.last) this.finallies--;
        return before + (stmt.last ? this.block('finally', stmt.last) : '');
      }
      case 'switch': {
        const outer = this.indent;
        let text = this.line(`switch (${this.expression(stmt.value)} % 3) {`);
        this.indent += '  ';
        stmt.cases.forEach((list, i) => {
          text += this.block(i === 2 ? 'default:' : `case ${i}:`, list, stmt.breaks ? 'break;' : '');
        });
        this.indent = outer;
        return text + this.line('}');
      }
      case 'labelled': {
        const label = `out${++this.names}`;
        const outer = this.indent;
        this.indent += '  ';
        const first = this.block('', stmt.body, `if (${this.expression(stmt.test)} % 2) break ${label};`);
        const rest = this.block('', stmt.rest);
        this.indent = outer;
        return this.line(`${label}: {`) + first + rest + this.line('}');
      }
      case 'each':
        return this.inner('[0, 1].forEach(() => {', stmt.body, '});');
      case 'then':
        return this.isAsync ? this.inner('await Promise.resolve().then(() => {', stmt.body, '});') : '';
      case 'function': {
        if (this.isInner) return '';
        const name = `f${++this.names}`;
        return this.line(`${name}();`) + this.inner(`function ${name}() {`, stmt.body, '}');
      }
    }
  }

  /** A synchronous function inside. */
  private inner(head: string, body: readonly Stmt[], tail: string): string {
    if (this.isInner) return '';
    const inside = new Body(false, this.isHandler, this.next?.isAsync ? null : this.next, true);
    inside.indent = `${this.indent}  `;
    inside.scopes = this.scopes.map(names => [...names]);
    return this.line(head) + inside.statements(body) + this.line(tail);
  }

  private write(place: Place, value: string, adds: boolean): string {
    const wanted = adds ? `${READS[place]} + ${value}` : value;
    switch (place) {
      case 'map(k)':
        return `map.set(k, ${wanted});`;
      case 'map(own)':
        return `map.set("own-" + k, ${wanted});`;
      case 'map(j)':
        return `map.set(j, ${wanted});`;
      case 'map(req)':
        return `map.set(req.k, ${wanted});`;
      case 'map(helper)':
        return `store(k, ${wanted});`;
      case 'map(latest)':
        return `map.set(latest, ${wanted});`;
      case 'map(all)':
        return `for (const key of [...map.keys()]) map.set(key, ${value});`;
      case 'set(k)':
        return adds ? 'set.add(k);' : 'set.delete(k);';
      case 'nested(k)(j)':
        return `nested.get(k).set(j, ${wanted});`;
      case 'pair(k,j)':
        return `pairs.set(pairOf(k, j), ${wanted});`;
      case 'pair(copy)':
        return `keep({ from: k, to: j }, ${wanted});`;
      case 'pair(over)':
        return `keep({ to: j, ...{ from: k, to: k } }, ${wanted});`;
      case 'pair(visit)':
        return `keep(new Visit(j, k), ${wanted});`;
      case 'table[k]':
      case 'table[j]':
      case 'table.x':
        return `${TABLE[place]} = ${wanted};`;
      case 'account(k).log':
        return adds ? `accounts.get(k).log.push(${value});` : `accounts.get(k).log = [${value}];`;
      case 'account(j).log':
        return adds ? `account(j).log.push(${value});` : 'account(j).log.pop();';
      case 'account(k).balance':
        return `account(k).add(${value});`;
      case 'accounts(all)':
        return `for (const each of accounts.values()) each.n = ${value};`;
      case 'box[j].n':
        return `boxOf(j).n = ${wanted};`;
      case 'seats(all)':
        return `for (const each of seats.values()) each.n = ${value};`;
      case 'orders(all)':
        return `for (const each of orders) each.n = ${value};`;
      case 'orders(k).n':
        return `for (const each of orders.filter(({ id }) => id === k)) each.n += ${value};`;
      case 'order(n)':
        return `orders.forEach(o => { if (o.id === k) o.n = ${wanted}; });`;
      case 'order(k).n':
        return `{ const o = orders.find(o => o.id === k); if (o) o.n = ${wanted}; }`;
      case 'order(j).n':
        return `{ const o = order(j); if (o) o.n = ${wanted}; }`;
      case 'orders(length)':
        return adds ? 'orders.push({ id: "z", n: 0 });' : 'orders.pop();';
      case 'ticket(k)':
        return `tickets.push({ of: k, value: ${value} });`;
      case 'ticket(j)':
        return `if (tickets.every(t => t.of !== j)) tickets.push({ of: j, value: ${value} });`;
      case 'list':
        return adds ? `list.push(${value});` : 'list.pop();';
      default:
        return `${READS[place]} ${adds ? '+=' : '='} ${value};`;
    }
  }
}
