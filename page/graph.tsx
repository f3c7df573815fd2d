/** The conflict graph: drawn on a canvas that can be moved and zoomed, with the neighbours of what is selected brought out. */
import cytoscape, { type Core, type StylesheetJson } from 'cytoscape';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PageData } from '../src/report/page/page-data.js';
import { type DrawnGraph, layOutGraph, NODE_HEIGHT } from './graph-layout.js';
import type { Selection } from './selection.js';

interface Props {
  data: PageData;
  /** The handlers that the filter lets through. */
  shown: readonly number[];
  selection: Selection | undefined;
  onSelect(selection: Selection | undefined): void;
  theme: string;
}

/** From so many handlers on, those that need the same are one node, unless somebody wants them apart. */
const MANY = 60;
/** So many edges are a surface, before which those of one node must stand out. */
const MANY_EDGES = 150;
/** Of the classes, the widest. */
const FONT = 'bold 12px system-ui, sans-serif';
/** Below this, labels cannot be read: rather show the beginning than all. */
const LEAST_FIRST_ZOOM = 0.6;
const ZOOM_STEP = 1.3;
const MOVE_STEP = 60;
const PADDING = 24;

const measuring = document.createElement('canvas').getContext('2d');

function measure(label: string): number {
  if (measuring === null) return label.length * 7;
  measuring.font = FONT;
  return measuring.measureText(label).width;
}

export function Graph({ data, shown, selection, onSelect, theme }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const core = useRef<Core>(undefined);
  const [isGrouped, setIsGrouped] = useState(
    () => data.handlers.filter(({ needs }) => needs.length > 0).length > MANY,
  );
  const graph = useMemo(() => layOutGraph(data, { shown, isGrouped, measure }), [data, shown, isGrouped]);
  const select = useRef(onSelect);
  select.current = onSelect;

  useEffect(() => {
    const drawn = cytoscape({
      container: container.current,
      elements: [],
      autoungrabify: true,
      boxSelectionEnabled: false,
      selectionType: 'single',
      minZoom: 0.05,
      maxZoom: 3,
    });
    core.current = drawn;
    drawn.on('tap', event => {
      if (event.target === drawn) return select.current(undefined);
      const { kind, members } = event.target.data();
      if (kind !== undefined)
        select.current({ kind: kind === 'class' ? 'class' : 'handler', index: members[0] });
    });
    drawn.on('mouseover', 'node', event => {
      drawn.container()?.setAttribute('title', titleOf(data, event.target.data()));
      event.target.connectedEdges().addClass('near');
    });
    drawn.on('mouseout', 'node', event => {
      drawn.container()?.removeAttribute('title');
      if (!event.target.hasClass('selected')) event.target.connectedEdges().removeClass('near');
    });
    return () => drawn.destroy();
  }, [data]);

  // The colours are read from the page, which the theme has changed.
  useEffect(() => {
    core.current?.style(styleFor(getComputedStyle(document.documentElement)));
  }, [theme]);

  useEffect(() => {
    const drawn = core.current;
    if (drawn === undefined) return;
    drawn.elements().remove();
    drawn.add(elementsOf(graph));
    if (graph.edges.length > MANY_EDGES) drawn.edges().addClass('faint');
    showFirst(drawn);
  }, [graph]);

  useEffect(() => {
    const drawn = core.current;
    if (drawn === undefined) return;
    bringOut(drawn, graph, selection);
  }, [graph, selection]);

  const zoomBy = (factor: number) => {
    const drawn = core.current;
    drawn?.zoom({
      level: drawn.zoom() * factor,
      renderedPosition: { x: drawn.width() / 2, y: drawn.height() / 2 },
    });
  };
  const fit = () => core.current?.fit(undefined, PADDING);
  const onKeyDown = (event: KeyboardEvent) => {
    const act = {
      ArrowLeft: () => core.current?.panBy({ x: MOVE_STEP, y: 0 }),
      ArrowRight: () => core.current?.panBy({ x: -MOVE_STEP, y: 0 }),
      ArrowUp: () => core.current?.panBy({ x: 0, y: MOVE_STEP }),
      ArrowDown: () => core.current?.panBy({ x: 0, y: -MOVE_STEP }),
      '+': () => zoomBy(ZOOM_STEP),
      '=': () => zoomBy(ZOOM_STEP),
      '-': () => zoomBy(1 / ZOOM_STEP),
      '0': fit,
    }[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  };

  const handlers = graph.nodes
    .filter(({ kind }) => kind !== 'class')
    .flatMap(({ members }) => members).length;
  const classes = graph.nodes.filter(({ kind }) => kind === 'class').length;
  return (
    <section class="graph" aria-label="Conflict graph">
      <div class="bar">
        <span class="key">
          <span class="swatch section">section</span>
          <span class="swatch class">class</span>
          <span class="swatch gate">gate</span>
          <span class="edge exclusive">exclusive</span>
          {graph.edges.some(({ mode }) => mode === 'update') && <span class="edge update">update</span>}
          <span class="edge shared">shared</span>
          {data.isMeasured && <span>darker and thicker: waited longer</span>}
        </span>
        <label>
          <input
            type="checkbox"
            checked={isGrouped}
            onChange={event => setIsGrouped(event.currentTarget.checked)}
          />
          group what needs the same
        </label>
        <span class="buttons">
          <button type="button" onClick={() => zoomBy(1 / ZOOM_STEP)} aria-label="Zoom out">
            −
          </button>
          <button type="button" onClick={() => zoomBy(ZOOM_STEP)} aria-label="Zoom in">
            +
          </button>
          <button type="button" onClick={fit}>
            Show all
          </button>
        </span>
      </div>
      <div
        class="canvas"
        ref={container}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys move and zoom it.
        tabIndex={0}
        role="img"
        aria-label={`${handlers} handlers and the ${classes} classes that they hold or pass. The lists tell the same.`}
        onKeyDown={onKeyDown}
        data-nodes={graph.nodes.length}
      />
      {graph.nodes.length === 0 && <p class="empty">Nothing to draw: no handler shown here needs a lock.</p>}
    </section>
  );
}

function titleOf(data: PageData, { kind, members }: { kind: string; members: number[] }): string {
  const names = members.map(index =>
    kind === 'class' ? data.classes[index]?.name : data.handlers[index]?.id,
  );
  return names.join('\n');
}

function elementsOf({ nodes, edges }: DrawnGraph): cytoscape.ElementDefinition[] {
  const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
  return [
    ...nodes.map(({ id, kind, label, members, width, heat, x, y }) => ({
      group: 'nodes' as const,
      data: { id, kind, label, members, width, heat },
      position: { x, y },
      classes: kind,
    })),
    ...edges.map(({ id, handler, class: target, mode, heat }) => ({
      group: 'edges' as const,
      data: { id, source: handler, target, heat },
      classes: `${mode} ${kinds.get(handler) === 'section' ? 'outward' : 'inward'}`,
    })),
  ];
}

/** All of it if it can be read, or else its beginning. */
function showFirst(drawn: Core): void {
  drawn.resize();
  drawn.fit(undefined, PADDING);
  if (drawn.zoom() > 1) drawn.zoom(1);
  drawn.center();
  if (drawn.zoom() >= LEAST_FIRST_ZOOM) return;
  const { x1, y1, w } = drawn.elements().boundingBox();
  const zoom = Math.max(LEAST_FIRST_ZOOM, Math.min(1, (drawn.width() - 2 * PADDING) / w));
  drawn.zoom(zoom);
  drawn.pan({ x: PADDING - x1 * zoom, y: PADDING - y1 * zoom });
}

/** What is selected and its neighbours; of a handler also theirs, which are those that it may meet. */
function bringOut(drawn: Core, { nodes }: DrawnGraph, selection: Selection | undefined): void {
  drawn.elements().removeClass('faded selected near');
  if (selection === undefined) return;
  const isClass = selection.kind === 'class';
  const found = nodes.find(
    ({ kind, members }) => (kind === 'class') === isClass && members.includes(selection.index),
  );
  if (found === undefined) return;
  const node = drawn.getElementById(found.id);
  const near = node.closedNeighborhood();
  const met = isClass ? near : near.closedNeighborhood();
  drawn.elements().not(met).addClass('faded');
  near.edges().addClass('near');
  node.addClass('selected');
  const { x1, x2, y1, y2 } = drawn.extent();
  const { x, y } = node.position();
  if (x < x1 || x > x2 || y < y1 || y > y2) drawn.center(node);
}

function styleFor(page: CSSStyleDeclaration): StylesheetJson {
  const color = (name: string) => page.getPropertyValue(name).trim();
  return [
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        width: 'data(width)',
        height: NODE_HEIGHT,
        label: 'data(label)',
        'font-family': 'system-ui, sans-serif',
        'font-size': 12,
        'text-valign': 'center',
        'text-halign': 'center',
        color: color('--ink'),
        'background-color': color('--paper'),
        'border-width': 1.5,
        'border-color': color('--line'),
      },
    },
    ...(['section', 'gate', 'class'] as const).map(kind => ({
      selector: `.${kind}`,
      style: { 'background-color': color(`--${kind}-fill`), 'border-color': color(`--${kind}`) },
    })),
    {
      selector: 'node[heat > 0]',
      style: {
        'border-width': 'mapData(heat, 0, 1, 1.5, 5)',
        'background-color': `mapData(heat, 0, 1, ${color('--paper')}, ${color('--hot')})`,
      },
    },
    { selector: '.class', style: { 'font-weight': 'bold' as const, shape: 'rectangle' as const } },
    { selector: '.gate', style: { 'border-style': 'dashed' as const } },
    {
      selector: 'edge',
      style: { 'curve-style': 'bezier', width: 1.5, 'line-color': color('--edge'), opacity: 0.7 },
    },
    // From side to side: from middle to middle, they would run across the names of the column that they come from.
    { selector: 'edge.outward', style: { 'source-endpoint': '50% 0%', 'target-endpoint': '-50% 0%' } },
    { selector: 'edge.inward', style: { 'source-endpoint': '-50% 0%', 'target-endpoint': '50% 0%' } },
    { selector: 'edge.shared', style: { 'line-style': 'dashed', 'line-dash-pattern': [4, 4] } },
    { selector: 'edge.exclusive', style: { 'line-color': color('--exclusive') } },
    {
      selector: 'edge.update',
      style: { 'line-color': color('--exclusive'), 'line-style': 'dashed', 'line-dash-pattern': [10, 4] },
    },
    { selector: 'edge.faint', style: { width: 1, opacity: 0.3 } },
    { selector: 'edge[heat > 0]', style: { width: 'mapData(heat, 0, 1, 1.5, 8)' } },
    { selector: 'edge.near', style: { width: 2.5, opacity: 1 } },
    { selector: 'node.faded', style: { opacity: 0.15 } },
    { selector: 'edge.faded', style: { opacity: 0.06 } },
    { selector: 'node.selected', style: { 'border-width': 3, 'border-color': color('--accent') } },
  ];
}
