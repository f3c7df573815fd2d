/**
 * Plans written by hand for the tests of the transform. An edit says where it is by the text its node
 * begins with, which stays readable when a fixture changes; the offsets are found by parsing the input.
 */
import { createHash } from 'node:crypto';
import { parse } from '@babel/parser';
import type { Node } from '@babel/types';
import { traverseFast } from '@babel/types';
import type { Edit } from '../../src/plan/edit.js';
import type { LockMode, PlannedHandler } from '../../src/plan/plan.js';

export interface MarkedEdit {
  kind: Edit['kind'];
  /** The text that the node begins with. */
  at: string;
  /** Which of several occurrences of that text, from 0. */
  nth?: number;
  handler?: string;
  isAlternative?: boolean;
}

export interface MarkedPlan {
  format: 'esm' | 'commonjs';
  handlers: Record<
    string,
    { exclusive?: string[]; shared?: string[]; gate?: boolean; carriesTask?: boolean }
  >;
  edits: MarkedEdit[];
}

/** The handlers of a marked plan as a `Plan` lists them. */
export function handlersOf(plan: MarkedPlan): Map<string, PlannedHandler> {
  return new Map(
    Object.entries(plan.handlers).map(([id, needs]) => [
      id,
      {
        id,
        kind: 'export',
        at: { module: 'input.js', line: 1, column: 0 },
        isAsync: true,
        isGenerator: false,
        protection: needs.gate ? 'gate' : 'section',
        reason: needs.gate ? 'one-segment' : 'several-segments',
        classes: [...held(needs.exclusive, 'exclusive'), ...held(needs.shared, 'shared')],
        bounds: { kind: 'whole', reason: 'not-async' },
        carriesTask: needs.carriesTask ?? false,
        accesses: [],
      },
    ]),
  );
}

function held(classes: string[] | undefined, mode: LockMode): { class: string; mode: LockMode }[] {
  return (classes ?? []).map(name => ({ class: name, mode }));
}

/** The edits of a marked plan with their offsets in `code`. */
export function editsOf(plan: MarkedPlan, code: string, parserPlugins: 'typescript'[] = []): Edit[] {
  const ast = parse(code, {
    sourceType: 'unambiguous',
    allowReturnOutsideFunction: true,
    plugins: [...parserPlugins, 'decorators'],
  });
  return plan.edits.map(edit => {
    const start = offsetOf(code, edit);
    let node: Node | undefined;
    traverseFast(ast.program, candidate => {
      if (!node && candidate.start === start && NODES[edit.kind].test(candidate.type)) node = candidate;
    });
    if (!node) throw new Error(`No ${edit.kind} begins at ${JSON.stringify(edit.at)}.`);
    return { ...edit, start, end: node.end } as Edit;
  });
}

/** Hex SHA-256, as in a plan. */
export function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}

const NODES: Record<Edit['kind'], RegExp> = {
  'wrap-expression': /Expression$|^Identifier$|^TSTypeAssertion$/,
  'wrap-declaration': /^FunctionDeclaration$/,
  'wrap-method': /^(Object|Class|ClassPrivate)Method$/,
  'parallel-expression': /Expression$/,
  'parallel-declaration': /^FunctionDeclaration$/,
  moving: /^CallExpression$/,
  'call-unscheduled': /^(Optional)?CallExpression$|^NewExpression$|^TaggedTemplateExpression$/,
  float: /Expression$/,
  'float-results': /Expression$|^Identifier$/,
  belonging: /Expression$|^Identifier$/,
  'stand-aside': /^AwaitExpression$/,
  continuation: /Expression$|^Identifier$/,
  'place-section': /Function|Method$/,
};

function offsetOf(code: string, { at, nth = 0 }: MarkedEdit): number {
  let start = -1;
  for (let count = 0; count <= nth; count++) start = code.indexOf(at, start + 1);
  if (start < 0) throw new Error(`The input has no ${JSON.stringify(at)}.`);
  return start;
}
