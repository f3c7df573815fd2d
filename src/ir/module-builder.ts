/** Collects what a module's functions have in common while they are lowered: sites, functions, globals. */
import { FunctionBuilder } from './function-builder.js';
import type {
  CommonJsIR,
  ExportIR,
  Field,
  FunctionForm,
  FunctionIR,
  ImportIR,
  Leaf,
  Op,
  ReExportIR,
  Ref,
  Site,
  SiteKind,
  Variable,
} from './ir.js';
import type { Scope } from './scope.js';

export class ModuleBuilder {
  readonly functions: FunctionBuilder[] = [];
  readonly finished: FunctionIR[] = [];
  readonly sites: Site[] = [];
  readonly imports: ImportIR[] = [];
  readonly exports: ExportIR[] = [];
  readonly reExports: ReExportIR[] = [];
  readonly exportLeaves: Leaf[] = [];
  readonly globals = new Map<string, number>();
  readonly notes: { code: string; at: number }[] = [];
  commonJs: CommonJsIR | null = null;
  readonly usedConstants = new Set<string>();
  /** Stores of what was read by the same variable, and that variable. */
  readonly copies: { op: Extract<Op, { op: 'store' }>; key: Variable }[] = [];
  /** Writes of variables by plain assignments. */
  readonly assignments = new Set<Op>();
  /** The scope of the module's top. */
  top: Scope | null = null;

  /**
   * @param isSloppy whether the module's top is sloppy code
   * @param convertsObjects whether implicit conversions matter
   * @param constants by name at the module's top: the properties that it stands for as a key
   */
  constructor(
    readonly isSloppy: boolean,
    readonly convertsObjects: boolean,
    private readonly constants: ReadonlyMap<string, Field>,
  ) {}

  get body(): FunctionBuilder {
    return this.functions[0] as FunctionBuilder;
  }

  /**
   * The property that a computed key stands for, if it is a constant at the module's top.
   * @param scope where the key stands
   */
  constantNamed(scope: Scope, name: string): Field | undefined {
    const field = this.constants.get(name);
    if (field === undefined) return undefined;
    const [variable = ''] = name.split('.', 1);
    // Another variable may have the name there.
    if (scope.find(variable) !== this.top?.bindings.get(variable)) return undefined;
    this.usedConstants.add(name);
    return field;
  }

  newSite(kind: SiteKind, name: string, at: number): number {
    this.sites.push({ kind, name, at });
    return this.sites.length - 1;
  }

  newFunction(
    parent: FunctionBuilder | null,
    name: string,
    form: FunctionForm,
    traits: { isAsync: boolean; isGenerator: boolean; isStatic: boolean; start: number; end: number },
  ): FunctionBuilder {
    const builder = new FunctionBuilder(this, parent, this.functions.length, name, form, traits);
    this.functions.push(builder);
    return builder;
  }

  /** The slot, in the module's body, of a name that no scope declares. */
  globalSlot(name: string): number {
    let slot = this.globals.get(name);
    if (slot === undefined) {
      slot = this.body.newSlot();
      this.globals.set(name, slot);
    }
    return slot;
  }

  /** A reference to such a name from `builder`. */
  globalRef(builder: FunctionBuilder, name: string): Ref {
    return builder.refTo(this.body, this.globalSlot(name));
  }

  note(code: string, at: number): void {
    this.notes.push({ code, at });
  }
}
