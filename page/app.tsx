/** The page as a whole: what is selected and filtered, and the four parts that show it. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PageData } from '../src/report/page/page-data.js';
import { AssumptionList, DiagnosticList } from './assumptions.js';
import { ClassTable } from './class-table.js';
import { Details } from './details.js';
import { type Filter, matching } from './filter.js';
import { Graph } from './graph.js';
import { HandlerTable } from './handler-table.js';
import { ParallelList } from './parallel.js';
import { useSelection } from './selection.js';
import { ThemeButton, useTheme } from './theme.js';

type Tab = 'handlers' | 'classes' | 'parallel' | 'assumptions' | 'diagnostics';

export function App({ data }: { data: PageData }) {
  const [selection, select] = useSelection(data);
  const [filter, setFilter] = useState<Filter>({ text: '', hidden: new Set() });
  const [tab, setTab] = useState<Tab>('handlers');
  const theme = useTheme();
  const search = useRef<HTMLInputElement>(null);
  const shown = useMemo(() => matching(data, filter), [data, filter]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLInputElement && event.target.type === 'search';
      if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        search.current?.focus();
      } else if (event.key === 'Escape' && !isTyping) select(undefined);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });

  const tabs: [Tab, string, number][] = [
    ['handlers', 'Handlers', shown.length],
    ['classes', 'Classes', data.classes.length],
    ['parallel', 'Parallel', data.parallel.length],
    ['assumptions', 'Assumptions', data.assumptions.length],
    ['diagnostics', 'Diagnostics', data.diagnostics.length],
  ];
  return (
    <>
      <a class="skip" href="#details">
        Skip to the details
      </a>
      <header>
        <h1>
          {data.project} <small>anyspeed {data.version}</small>
        </h1>
        <Counts data={data} />
        <ThemeButton theme={theme} />
      </header>
      <main>
        <section class="lists" aria-label="Handlers and classes">
          <Filters data={data} filter={filter} onChange={setFilter} search={search} />
          <div class="tabs" role="tablist" aria-label="Lists">
            {tabs.map(([name, title, count]) => (
              <button
                key={name}
                type="button"
                role="tab"
                id={`tab-${name}`}
                aria-selected={tab === name}
                aria-controls="list"
                tabIndex={tab === name ? 0 : -1}
                onClick={() => setTab(name)}
                onKeyDown={event => {
                  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
                  if (step === undefined) return;
                  const at = tabs.findIndex(([each]) => each === name);
                  const next = tabs[(at + step + tabs.length) % tabs.length]?.[0] ?? name;
                  setTab(next);
                  document.getElementById(`tab-${next}`)?.focus();
                }}
              >
                {title} <span class="count">{count}</span>
              </button>
            ))}
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard. */}
          <div class="list" id="list" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
            {tab === 'handlers' && (
              <HandlerTable data={data} shown={shown} selection={selection} onSelect={select} />
            )}
            {tab === 'classes' && <ClassTable data={data} selection={selection} onSelect={select} />}
            {tab === 'parallel' && <ParallelList data={data} />}
            {tab === 'assumptions' && <AssumptionList data={data} />}
            {tab === 'diagnostics' && <DiagnosticList data={data} />}
          </div>
        </section>
        <Graph data={data} shown={shown} selection={selection} onSelect={select} theme={theme.shown} />
        <Details data={data} selection={selection} onSelect={select} />
      </main>
    </>
  );
}

function Counts({ data }: { data: PageData }) {
  const locked = data.classes.filter(each => each.locked).length;
  return (
    <dl class="counts">
      {data.groups.map(({ title, gist }, index) => {
        const count = data.handlers.filter(({ group }) => group === index).length;
        return count === 0 ? null : (
          <div key={title} title={gist}>
            <dd>{count}</dd>
            <dt>{title}</dt>
          </div>
        );
      })}
      <div title="conflict classes that need a lock">
        <dd>{locked}</dd>
        <dt>locked classes</dt>
      </div>
    </dl>
  );
}

interface FiltersProps {
  data: PageData;
  filter: Filter;
  onChange(filter: Filter): void;
  search: { current: HTMLInputElement | null };
}

function Filters({ data, filter, onChange, search }: FiltersProps) {
  const toggle = (group: number) => {
    const hidden = new Set(filter.hidden);
    if (!hidden.delete(group)) hidden.add(group);
    onChange({ ...filter, hidden });
  };
  return (
    <search class="filters">
      <input
        ref={search}
        type="search"
        placeholder="Search handlers and classes  ( / )"
        aria-label="Search handlers and classes"
        value={filter.text}
        onInput={event => onChange({ ...filter, text: event.currentTarget.value })}
      />
      <fieldset>
        <legend class="unseen">Show</legend>
        {data.groups.map(({ title, gist }, index) =>
          data.handlers.some(({ group }) => group === index) ? (
            <label key={title} title={gist}>
              <input type="checkbox" checked={!filter.hidden.has(index)} onChange={() => toggle(index)} />
              {title}
            </label>
          ) : null,
        )}
      </fieldset>
    </search>
  );
}
