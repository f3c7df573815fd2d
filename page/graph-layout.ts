/**
 * The conflict graph and where its nodes lie.
 *
 * It has two kinds of nodes, and edges only between them, so it is drawn in three columns: handlers that hold, the
 * classes in the middle, handlers that only pass. That is read like a list, however many there are, where a cloud of two hundred
 * nodes is a picture of nothing.
 */
import { Graph, layout } from '@dagrejs/dagre';
import type { PageData } from '../src/report/page/page-data.js';
import { durationText, shortName } from './names.js';

const KINDS = ['section', 'class', 'gate'] as const;

export interface GraphNode {
  id: string;
  kind: (typeof KINDS)[number];
  label: string;
  /** Handlers, or the one class, that it stands for, by index. */
  members: number[];
  width: number;
  /** How long it was waited for or waited, as a part of the longest: 0 to 1. */
  heat: number;
  /** Of its centre. */
  x: number;
  y: number;
}

export interface GraphEdge {
  id: string;
  /** Ids of nodes. */
  handler: string;
  class: string;
  mode: 'shared' | 'update' | 'exclusive';
  /** How long the handler waited, as a part of the longest. */
  heat: number;
}

export interface DrawnGraph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export const NODE_HEIGHT = 24;
const GAP = 8;
const COLUMN_GAP = 150;
const PADDING = 20;
/** A longer name would push the columns out of sight; names differ at their ends. */
const LONGEST_NAME = 32;

interface Options {
  /** Handlers that are drawn, if they hold or pass anything. */
  shown: readonly number[];
  /** Whether handlers that hold or pass the same, in the same modes, are one node. */
  isGrouped: boolean;
  /** Pixels that a label is wide. */
  measure(label: string): number;
}

export function layOutGraph(data: PageData, { shown, isGrouped, measure }: Options): DrawnGraph {
  const groups = new Map<string, number[]>();
  for (const index of shown) {
    const { protection, needs } = data.handlers[index] ?? {};
    if (needs === undefined || needs.length === 0 || protection === 'untouched') continue;
    const same = needs.map(({ class: needed, mode }) => [needed, mode]);
    const key = isGrouped ? JSON.stringify([protection, same]) : String(index);
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  const waited = (members: readonly number[]) =>
    members.reduce((sum, index) => sum + (data.handlers[index]?.cost?.waited ?? 0), 0);
  const longest = {
    handler: Math.max(...[...groups.values()].map(waited)),
    class: Math.max(...data.classes.map(({ cost }) => cost?.waited ?? 0)),
  };
  const nodes = new Map<string, GraphNode>();
  const edges: GraphEdge[] = [];
  const add = (id: string, kind: GraphNode['kind'], members: number[], name: string, time: number) => {
    if (nodes.has(id)) return;
    const short = name.length > LONGEST_NAME ? `…${name.slice(1 - LONGEST_NAME)}` : name;
    const label = time > 0 ? `${short}  ${durationText(time)}` : short;
    const heat = time > 0 ? time / longest[kind === 'class' ? 'class' : 'handler'] : 0;
    nodes.set(id, { id, kind, label, members, heat, width: measure(label) + PADDING, x: 0, y: 0 });
  };
  for (const members of groups.values()) {
    const first = members[0] as number;
    const handler = data.handlers[first];
    if (handler === undefined) continue;
    const id = `handler-${first}`;
    const others = members.length > 1 ? ` +${members.length - 1}` : '';
    add(
      id,
      handler.protection === 'section' ? 'section' : 'gate',
      members,
      shortName(handler.id) + others,
      waited(members),
    );
    for (const { class: index, mode } of handler.needs) {
      const { name = '', cost = null } = data.classes[index] ?? {};
      add(`class-${index}`, 'class', [index], shortName(name), cost?.waited ?? 0);
      const heat = nodes.get(id)?.heat ?? 0;
      edges.push({ id: `${id}-${index}`, handler: id, class: `class-${index}`, mode, heat });
    }
  }
  place([...nodes.values()], edges);
  return { nodes: [...nodes.values()], edges };
}

function place(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): void {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: GAP, ranksep: COLUMN_GAP });
  graph.setDefaultEdgeLabel(() => ({}));
  const widest = new Map<string, number>();
  for (const { kind, width } of nodes) widest.set(kind, Math.max(widest.get(kind) ?? 0, width));
  for (const node of nodes) {
    // As wide as its column, so that all of a column begin at the same line.
    node.width = widest.get(node.kind) ?? node.width;
    graph.setNode(node.id, { width: node.width, height: NODE_HEIGHT });
  }
  const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
  for (const { handler, class: name } of edges) {
    if (kinds.get(handler) === 'section') graph.setEdge(handler, name);
    else graph.setEdge(name, handler);
  }
  layout(graph);
  for (const node of nodes) {
    const { x, y } = graph.node(node.id) as { x: number; y: number };
    node.x = x;
    node.y = y;
  }
  tighten(nodes);
}

/** A graph with many edges is pulled apart to make them straight; the order then is worth more than the straightness. */
const LOOSEST = 1.5;

function tighten(nodes: readonly GraphNode[]): void {
  const columns = KINDS.map(kind => nodes.filter(node => node.kind === kind).sort((a, b) => a.y - b.y));
  const step = NODE_HEIGHT + GAP;
  const needed = Math.max(...columns.map(column => column.length)) * step;
  const heights = nodes.map(({ y }) => y);
  if (Math.max(...heights) - Math.min(...heights) <= needed * LOOSEST) return;
  for (const column of columns) {
    column.forEach((node, index) => {
      node.y = ((index + 0.5) * needed) / column.length;
    });
  }
}
