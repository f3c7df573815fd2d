/** Everything about what is selected: why it is protected as it is, on what it conflicts with whom, and its source. */
import { useEffect, useRef } from 'preact/hooks';
import type { PageClass, PageData, PageHandler } from '../src/report/page/page-data.js';
import type { Cost } from '../src/trace/measured.js';
import { SplitName } from './handler-table.js';
import { durationText, placeText } from './names.js';
import { addressOf, type Selection } from './selection.js';
import { CalledAccesses, HandlerSource } from './source.js';
import { waitsFor } from './waiting.js';

interface Props {
  data: PageData;
  selection: Selection | undefined;
  onSelect(selection: Selection | undefined): void;
}

export function Details({ data, selection, onSelect }: Props) {
  const panel = useRef<HTMLElement>(null);
  // What is new is read from its beginning.
  useEffect(() => {
    panel.current?.scrollTo(0, 0);
  }, [selection]);
  const handler = selection?.kind === 'handler' ? data.handlers[selection.index] : undefined;
  const conflictClass = selection?.kind === 'class' ? data.classes[selection.index] : undefined;
  return (
    <section class="details" id="details" aria-label="Details" aria-live="polite" tabIndex={-1} ref={panel}>
      {handler && selection && (
        <HandlerDetails data={data} handler={handler} index={selection.index} onSelect={onSelect} />
      )}
      {conflictClass && <ClassDetails data={data} conflictClass={conflictClass} onSelect={onSelect} />}
      {!handler && !conflictClass && (
        <div class="hint">
          <p>Select a handler or a class, in the list or in the graph.</p>
          <p class="quiet">{data.legend}</p>
          <p class="quiet">
            <kbd>/</kbd> searches, <kbd>↑</kbd> <kbd>↓</kbd> walk through a list, <kbd>Enter</kbd> selects,{' '}
            <kbd>Esc</kbd> lets go. In the graph: arrows move, <kbd>+</kbd> <kbd>-</kbd> zoom, <kbd>0</kbd>{' '}
            shows all.
          </p>
        </div>
      )}
    </section>
  );
}

function Measured({ cost }: { cost: Cost | null }) {
  if (cost === null) return <p class="cost">Measured: no run needed a lock.</p>;
  const { runs, waits, waited, held } = cost;
  return (
    <p class="cost">
      Measured: {runs} {runs === 1 ? 'run' : 'runs'}, of which {waits} waited for {durationText(waited)}{' '}
      together; held for {durationText(held)} together.
    </p>
  );
}

interface LinkProps {
  data: PageData;
  to: Selection;
  onSelect(selection: Selection): void;
}

/** The name of a handler or class that leads to it. */
function Link({ data, to, onSelect }: LinkProps) {
  const name = to.kind === 'handler' ? data.handlers[to.index]?.id : data.classes[to.index]?.name;
  return (
    <a
      href={addressOf(data, to)}
      onClick={event => {
        if (event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        onSelect(to);
      }}
    >
      <SplitName name={name ?? ''} />
    </a>
  );
}

interface HandlerProps {
  data: PageData;
  handler: PageHandler;
  index: number;
  onSelect(selection: Selection): void;
}

function HandlerDetails({ data, handler, index, onSelect }: HandlerProps) {
  const waits = waitsFor(data, index);
  const isHeld = handler.protection === 'section';
  return (
    <>
      <h2>
        <SplitName name={handler.id} />
      </h2>
      <p class="facts">
        <span class={`chip ${handler.protection}`}>
          {handler.protection === 'untouched' ? data.groups[handler.group]?.title : handler.protection}
        </span>{' '}
        {[handler.form, handler.kind].filter(Boolean).join(' ')} at <code>{placeText(handler.at)}</code>
      </p>
      {handler.sentences.map(sentence => (
        <p key={sentence}>{sentence}</p>
      ))}
      {data.isMeasured && <Measured cost={handler.cost} />}
      {handler.needs.length > 0 && (
        <>
          <h3>{isHeld ? 'Holds' : 'Passes'}</h3>
          <ul class="plain">
            {handler.needs.map(need => (
              <li key={need.class}>
                <span class={`chip ${need.mode}`}>{need.mode}</span>{' '}
                <Link data={data} to={{ kind: 'class', index: need.class }} onSelect={onSelect} />
                {need.part !== null && <div class="part">{need.part}</div>}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>Source</h3>
      <HandlerSource data={data} handler={handler} />
      <CalledAccesses data={data} handler={handler} />
      {waits.length > 0 && (
        <>
          <h3>May wait for</h3>
          <ul class="plain">
            {waits.map(({ handler: other, classes }) => (
              <li key={other}>
                {other === index ? (
                  'another task of its own'
                ) : (
                  <Link data={data} to={{ kind: 'handler', index: other }} onSelect={onSelect} />
                )}{' '}
                <span class="quiet">on {classes.map(each => data.classes[each]?.name).join(', ')}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

interface ClassProps {
  data: PageData;
  conflictClass: PageClass;
  onSelect(selection: Selection): void;
}

function ClassDetails({ data, conflictClass, onSelect }: ClassProps) {
  const { name, resources, locked, covers, members, pairs } = conflictClass;
  const byProtection = (['section', 'gate', 'untouched'] as const).map(protection => ({
    protection,
    members: members.filter(({ handler }) => data.handlers[handler]?.protection === protection),
  }));
  const titles = { section: 'Hold it in sections', gate: 'Pass it at gates', untouched: 'Need not wait' };
  return (
    <>
      <h2>
        <SplitName name={name} />
      </h2>
      <p>
        {locked
          ? `A conflict class: ${pairs} ${pairs === 1 ? 'pair' : 'pairs'} of handlers may wait for each other on it.`
          : 'It needs no lock: each handler is through with it in one segment, and segments are atomic by themselves.'}
      </p>
      {covers !== '' && <p>{covers}</p>}
      {data.isMeasured && <Measured cost={conflictClass.cost} />}
      {resources.length > 1 && (
        <>
          <h3>{resources.length} resources</h3>
          <ul class="plain">
            {resources.map(resource => (
              <li key={resource}>
                <SplitName name={resource} />
              </li>
            ))}
          </ul>
        </>
      )}
      {byProtection.map(({ protection, members }) =>
        members.length === 0 ? null : (
          <div key={protection}>
            <h3>{titles[protection]}</h3>
            <ul class="plain">
              {members.map(({ handler, mode }) => (
                <li key={handler}>
                  <span class={`chip ${mode}`}>{mode}s</span>{' '}
                  <Link data={data} to={{ kind: 'handler', index: handler }} onSelect={onSelect} />
                </li>
              ))}
            </ul>
          </div>
        ),
      )}
    </>
  );
}
