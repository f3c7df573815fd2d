/** Links modules: from a request and a name to the variable that another module exports under it. */
import type { ModuleId } from '../graph/module-graph.js';
import { refOf } from '../ir/ir.js';
import type { Instance } from './instances.js';
import type { PointsTo } from './points-to.js';
import type { NodeId } from './solver.js';
import type { Token } from './tokens.js';

export class Exports {
  private readonly namespaces = new Map<ModuleId, NodeId>();

  constructor(private readonly program: PointsTo) {}

  /** `module`, `exports` and `this` of a CommonJS module. */
  initCommonJs(id: ModuleId, body: Instance): void {
    const { heap, solver } = this.program;
    const commonJs = body.module.ir.commonJs;
    if (!commonJs) return;
    const module = this.moduleObject(id);
    const exports = heap.intern(`exports:${id}`, 'object', 'Object', 'exports');
    exports.module = id;
    exports.parent = body;
    solver.addToken(heap.field(module, 'exports'), exports.id);
    solver.addToken(body.slot(commonJs.module), module.id);
    solver.addToken(body.slot(commonJs.exports), exports.id);
    solver.addToken(this.program.thisNode(body), exports.id);
  }

  private moduleObject(id: ModuleId): Token {
    const token = this.program.heap.intern(`module:${id}`, 'object', 'Object', 'module');
    token.module = id;
    return token;
  }

  private isCommonJs(id: ModuleId): boolean {
    const ir = this.program.modules.get(id)?.ir;
    return ir?.commonJs != null && ir.exports.length === 0 && ir.reExports.length === 0;
  }

  /** The nodes that hold what a module exports. */
  nodesOf(id: ModuleId): NodeId[] {
    if (this.isCommonJs(id)) return [this.program.heap.view(this.moduleObject(id), 'exports')];
    return [...this.names(id, new Set())].sort().map(name => this.exportNode(id, name, new Set()));
  }

  private names(id: ModuleId, seen: Set<ModuleId>): Set<string> {
    const names = new Set<string>();
    const ir = this.program.modules.get(id)?.ir;
    if (!ir || seen.has(id)) return names;
    seen.add(id);
    for (const { name } of ir.exports) names.add(name);
    for (const { request, exported } of ir.reExports) {
      if (exported !== null) names.add(exported);
      else {
        const target = this.program.graph.modules.get(id)?.imports.get(request);
        if (target?.kind === 'module')
          for (const name of this.names(target.id, seen)) if (name !== 'default') names.add(name);
      }
    }
    return names;
  }

  /**
   * The variable or value that module `from` gets for `name` of `request`; `name` null: the namespace.
   * @param style how the namespace is asked for: `require` gives `module.exports` itself
   */
  resolveRequest(
    from: ModuleId,
    request: string,
    name: string | null,
    style: 'esm' | 'commonjs' = 'esm',
  ): NodeId {
    const { program } = this;
    const target = program.graph.modules.get(from)?.imports.get(request);
    if (target?.kind === 'module') {
      if (name !== null) return this.exportNode(target.id, name, new Set());
      return style === 'commonjs' && this.isCommonJs(target.id)
        ? program.heap.view(this.moduleObject(target.id), 'exports')
        : this.namespaceNode(target.id);
    }
    if (target?.kind === 'opaque' && /\.json$/.test(request)) return this.dataNode(from, request);
    if (target?.kind === 'external') return this.packageNode(target.name, target.subpath, name);
    return this.packageNode(request, undefined, name);
  }

  /** JSON is plain data: it holds no functions. */
  private dataNode(from: ModuleId, request: string): NodeId {
    const body = this.program.bodies.get(from) as Instance;
    const token = this.program.freshObject('Data', `json:${request}`, request, body, 0);
    const node = this.program.solver.newNode();
    this.program.solver.addToken(node, token.id);
    return node;
  }

  private packageNode(packageName: string, subpath: string | undefined, name: string | null): NodeId {
    const { program } = this;
    const node = program.solver.newNode();
    const path = program.models.modulePath(packageName, subpath);
    const namespace = path === undefined ? undefined : program.builtin(path);
    if (namespace === undefined) {
      program.solver.addToken(node, program.external(packageName, `package:${packageName}`).id);
      return node;
    }
    if (name === null || name === 'default') program.solver.addToken(node, namespace);
    if (name !== null) program.solver.addEdge(program.viewOf(program.heap.get(namespace), name), node);
    return node;
  }

  private exportNode(id: ModuleId, name: string, seen: Set<string>): NodeId {
    const { program } = this;
    const ir = program.modules.get(id)?.ir;
    const body = program.bodies.get(id);
    const key = `${id}\0${name}`;
    const missing = (): NodeId => program.solver.newNode();
    if (!ir || !body || seen.has(key)) return missing();
    seen.add(key);
    if (this.isCommonJs(id)) return this.commonJsExport(id, name);
    const own = ir.exports.find(e => e.name === name);
    if (own) return body.node(refOf(0, own.ref));
    for (const { request, imported, exported } of ir.reExports) {
      if (exported === name) {
        const target = program.graph.modules.get(id)?.imports.get(request);
        return target?.kind === 'module' && imported !== null
          ? this.exportNode(target.id, imported, seen)
          : this.resolveRequest(id, request, imported);
      }
    }
    if (name === 'default') return missing();
    const all = missing();
    for (const { request, exported } of ir.reExports) {
      if (exported !== null) continue;
      const target = program.graph.modules.get(id)?.imports.get(request);
      if (target?.kind === 'module') {
        if (this.names(target.id, new Set()).has(name)) return this.exportNode(target.id, name, seen);
        if (this.isCommonJs(target.id)) program.solver.addEdge(this.commonJsExport(target.id, name), all);
      } else program.solver.addEdge(this.resolveRequest(id, request, name), all);
    }
    return all;
  }

  /** A named import of a CommonJS module: a property of its exports; the default import: all of them. */
  private commonJsExport(id: ModuleId, name: string): NodeId {
    const { heap, solver } = this.program;
    const exports = heap.view(this.moduleObject(id), 'exports');
    const node = solver.newNode();
    if (name === 'default') solver.addEdge(exports, node);
    solver.listen(exports, token => solver.addEdge(this.program.viewOf(heap.get(token), name), node));
    return node;
  }

  /** A node that holds a module's namespace object. */
  namespaceNode(id: ModuleId): NodeId {
    const known = this.namespaces.get(id);
    if (known !== undefined) return known;
    const { heap, solver } = this.program;
    const node = solver.newNode();
    this.namespaces.set(id, node);
    const namespace = heap.intern(`namespace:${id}`, 'object', 'Object', id);
    namespace.module = id;
    solver.addToken(node, namespace.id);
    if (this.isCommonJs(id)) {
      const exports = heap.view(this.moduleObject(id), 'exports');
      solver.addEdge(exports, heap.field(namespace, 'default'));
      solver.addEdge(exports, node);
    } else {
      for (const name of this.names(id, new Set())) {
        namespace.views.set(name, this.exportNode(id, name, new Set()));
        solver.addEdge(this.exportNode(id, name, new Set()), heap.field(namespace, name));
      }
    }
    return node;
  }
}
